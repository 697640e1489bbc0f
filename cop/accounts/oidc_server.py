# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What every OpenID provider of ours demands and says, on Authlib."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9207 import IssuerParameter


class S256Only(CodeChallenge):  # type: ignore[misc]  # Authlib has no types
    """PKCE for every client, confidential ones too, and never `plain`."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        """Refuse a sign-in that carries no S256 challenge."""
        sent = grant.request.payload.data
        if not sent.get("code_challenge") or sent.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE with S256 is required.", redirect_uri=redirect_uri)
        super().validate_code_challenge(grant, redirect_uri)


class NamesItself(IssuerParameter):  # type: ignore[misc]
    """The `iss` of RFC 9207 in every answer, errors too."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    def get_issuer(self) -> str:
        return self.issuer
