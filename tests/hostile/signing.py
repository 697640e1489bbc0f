# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Signing as RFC 9421 says, written a second time, so that an error of ours can't hide on both sides.

A `Draft` is a request before it is signed, a `Sealed` one after: a mutation changes the one or the other.
"""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MEDIA_TYPE = "application/activity+json"
POST_COMPONENTS = ("@method", "@target-uri", "@authority", "content-type", "content-digest")
GET_COMPONENTS = POST_COMPONENTS[:3]


class Key:
    """A city's key."""

    def __init__(self, key_id):
        self.key_id = key_id
        self.private = Ed25519PrivateKey.generate()

    @property
    def public(self):
        return self.private.public_key().public_bytes_raw()


def digest_of(body, algorithm="sha-256"):
    hashed = hashlib.new(algorithm.replace("-", ""), body).digest()
    return f"{algorithm}=:{base64.b64encode(hashed).decode()}:"


@dataclass
class Sealed:
    """A signed request as it goes over the wire."""

    method: str
    path: str
    headers: dict
    body: bytes


@dataclass
class Draft:
    """A request that is not yet signed; parameters stand as they are written (RFC 8941)."""

    key: Key
    host: str
    method: str = "POST"
    path: str = "/inbox"
    body: bytes = b""
    covered: tuple = POST_COMPONENTS
    digest: str | None = None
    label: str = "sig1"
    parameters: dict = field(default_factory=dict)
    headers: dict = field(default_factory=dict)
    sign: object = None
    scheme: str = "https"

    def __post_init__(self):
        created = int(time.time())
        if self.method == "GET":
            self.covered = GET_COMPONENTS
        else:
            self.headers.setdefault("content-type", MEDIA_TYPE)
            self.digest = digest_of(self.body)
        self.sign = self.key.private.sign
        self.parameters = {
            "created": str(created),
            "expires": str(created + 120),
            "nonce": f'"{secrets.token_urlsafe(16)}"',
            "keyid": f'"{self.key.key_id}"',
            "tag": '"cop-fed/1"',
        }

    def seal(self):
        headers = {"host": self.host, **self.headers}
        if self.digest is not None:
            headers["content-digest"] = self.digest
        names = " ".join(f'"{name}"' for name in self.covered)
        signed = f"({names})" + "".join(f";{name}={value}" for name, value in self.parameters.items())
        values = {
            "@method": self.method,
            "@target-uri": f"{self.scheme}://{self.host}{self.path}",
            "@authority": self.host,
            **headers,
        }
        base = [f'"{name}": {values.get(name, "")}' for name in self.covered] + [f'"@signature-params": {signed}']
        signature = base64.b64encode(self.sign("\n".join(base).encode())).decode()
        headers["signature-input"] = f"{self.label}={signed}"
        headers["signature"] = f"{self.label}=:{signature}:"
        return Sealed(self.method, self.path, headers, self.body)
