# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who can sign in where: personas, clients and the realms that hold them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from joserfc.jwk import ECKey, KeySet, RSAKey

from cop.devidp.faults import NO_FAULT, Tampering

SCOPES = ("openid", "profile", "email")


@dataclass(frozen=True, slots=True)
class Persona:
    """An invented person, and what the provider tells about them."""

    subject: str
    name: str
    email: str
    organisation: str
    unit: str
    groups: tuple[str, ...] = ()
    about: str = ""
    """One line beside the button: what can be tried as this person."""

    def claims(self) -> dict[str, object]:
        """Say what the id_token and the userinfo answer hold about them."""
        return {
            "sub": self.subject,
            "name": self.name,
            "email": self.email,
            "email_verified": True,
            "organisation": self.organisation,
            "unit": self.unit,
            "groups": list(self.groups),
        }


@dataclass(frozen=True, slots=True)
class Client:
    """A city that may ask for sign-ins; the methods are the ones Authlib asks for."""

    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...] = ()

    @property
    def client_metadata(self) -> dict[str, list[str]]:
        return {"post_logout_redirect_uris": list(self.post_logout_redirect_uris)}

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        """There is none: a request without an address to return to is refused."""

    def get_allowed_scope(self, scope: str | None) -> str:
        return " ".join(word for word in (scope or "").split() if word in SCOPES)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return secrets.compare_digest(self.client_secret.encode(), client_secret.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in {"client_secret_basic", "client_secret_post"}

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Realm:
    """One issuer: its people, its clients, its keys, and what it does wrong on purpose."""

    slug: str
    name: str
    locale: str
    personas: Sequence[Persona]
    clients: list[Client] = field(default_factory=list)
    alg: str = "RS256"
    issuer: str = ""
    """Set by `create_devidp`: the address of the process + the slug."""
    tampering: Tampering = NO_FAULT

    @cached_property
    def keys(self) -> KeySet:
        """The signing keys, one for each algorithm; new ones at each start."""
        rsa, ec = RSAKey.generate_key(2048), ECKey.generate_key("P-256")
        return KeySet([_published(rsa, "RS256"), _published(ec, "ES256")])

    def signing_key(self) -> RSAKey | ECKey:
        """Give the key for this realm's algorithm."""
        return next(key for key in self.keys.keys if key.alg == self.alg)  # type: ignore[return-value]

    def client(self, client_id: str) -> Client | None:
        """Look a client up."""
        return next((client for client in self.clients if client.client_id == client_id), None)

    def persona(self, subject: str) -> Persona | None:
        """Look a persona up."""
        return next((one for one in self.personas if one.subject == subject), None)


def _published(key: RSAKey | ECKey, alg: str) -> RSAKey | ECKey:
    """Give the key what a JWKS says about it: its use, its algorithm, its thumbprint as id."""
    named = {**key.as_dict(private=True), "use": "sig", "alg": alg, "kid": key.thumbprint()}
    return type(key).import_key(named)
