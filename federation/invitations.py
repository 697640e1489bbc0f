# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What passes between two administrators before their cities know each other: who, with which key, proved how."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from federation import strict_json
from federation.activities import CONTEXT
from federation.canonical import canonical
from federation.errors import InvalidUrlError, Refused, bad, forbidden
from federation.keys import Purpose, fingerprint, from_multibase, is_for, to_multibase
from federation.origins import Origin, parse_key_id, parse_origin
from federation.versions import SPOKEN, read_versions, write_versions

_PREFIX = "copfed1."
_MAX_NAME = 100
#: of each purpose the present one and, during a change, its neighbours
_MAX_KEYS = 9
_MAX_TEXT = 2000


@dataclass(frozen=True, slots=True)
class City:
    """What one city says about itself: shown to the other's administrator before anything is pinned."""

    origin: Origin
    name: str
    keys: Mapping[str, bytes]  # key id → raw public key, for every purpose
    majors: tuple[int, ...] = SPOKEN  # of the protocol

    def keys_for(self, purpose: Purpose) -> dict[str, bytes]:
        """Pick the keys for one purpose."""
        return {key_id: key for key_id, key in self.keys.items() if is_for(key_id, purpose)}

    @property
    def fingerprints(self) -> list[str]:
        """The keys that requests are signed with, for people to compare; they vouch for the others."""
        return [fingerprint(key) for key in self.keys_for(Purpose.PEER).values()]

    def document(self) -> dict[str, Any]:
        """Write the city's actor document, with its keys as FEP-521a has them."""
        return {
            "@context": list(CONTEXT),
            "id": f"{self.origin}/actor",
            "type": "Application",
            "name": self.name,
            "inbox": f"{self.origin}/inbox",
            "cop:versions": write_versions(self.majors),
            "assertionMethod": write_keys(self.keys),
        }


@dataclass(frozen=True, slots=True)
class Invitation:
    """What one administrator passes to the other: where to, with which secret, and whose key to expect there."""

    origin: Origin
    token: bytes = field(repr=False)  # 256 bit, used once
    fingerprint: str

    def text(self) -> str:
        """Write it as one text to paste."""
        content = {
            "origin": self.origin,
            "token": base64.b64encode(self.token).decode("ascii"),
            "fingerprint": self.fingerprint,
        }
        return _PREFIX + base64.urlsafe_b64encode(strict_json.dumps(content)).decode("ascii").rstrip("=")


def read_invitation(text: str, *, development: bool = False) -> Invitation:
    """Read a pasted invitation; line breaks and spaces that a mail program added do no harm.

    Raises:
        Refused: 400 when it is not one.
    """
    packed = "".join(text[:_MAX_TEXT].split())
    try:
        if not packed.startswith(_PREFIX):
            raise bad("invitation", "does not begin like an invitation")
        packed = packed.removeprefix(_PREFIX)
        content = strict_json.loads(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
        token = base64.b64decode(content["token"], validate=True)
        origin = parse_origin(content["origin"], development=development)
        shown = str(content["fingerprint"])
    except (Refused, ValueError, LookupError, TypeError, binascii.Error) as error:
        raise bad("invitation", "not an invitation, or not all of it") from error
    if len(token) != hashlib.sha256().digest_size:
        raise bad("invitation", "the secret has the wrong length")
    return Invitation(origin, token, shown)


def read_city(document: object, *, origin: Origin, development: bool = False) -> City:
    """Read what a city says about itself: its name, its versions, one to nine Ed25519 keys, all of its own origin.

    Raises:
        Refused: 400 when it is not that; 403 when it speaks of another origin.
    """
    if not isinstance(document, Mapping):
        raise bad("shape", "not an actor")
    name, methods = document.get("name"), document.get("assertionMethod")
    if not isinstance(name, str) or not 0 < len(name) <= _MAX_NAME or not name.isprintable():
        raise bad("shape", "name: a short text")
    if not isinstance(methods, list) or not 0 < len(methods) <= _MAX_KEYS:
        raise bad("shape", "assertionMethod: one to nine keys")
    keys = read_keys(methods, origin=origin, development=development)
    return City(origin, name, keys, read_versions(document.get("cop:versions")))


def write_keys(keys: Mapping[str, bytes]) -> list[dict[str, str]]:
    """Write keys as FEP-521a has them."""
    return [
        {
            "id": key_id,
            "type": "Multikey",
            "controller": key_id.partition("#")[0],
            "publicKeyMultibase": to_multibase(key),
        }
        for key_id, key in keys.items()
    ]


def read_keys(methods: Iterable[object], *, origin: Origin, development: bool = False) -> dict[str, bytes]:
    """Read keys as a city's document has them.

    Raises:
        Refused: 400 when one is unusable or of no purpose of this protocol; 403 when it is of another origin.
    """
    return dict(_read_key(method, origin, development=development) for method in methods)


def _read_key(method: object, origin: Origin, *, development: bool) -> tuple[str, bytes]:
    if not isinstance(method, Mapping):
        raise bad("key", "not a key")
    try:
        key_id = parse_key_id(method.get("id"), development=development)
    except InvalidUrlError as error:
        raise bad("key", f"id: {error}") from error
    if key_id.origin != origin or key_id.path != "/actor":
        raise forbidden("origin", "a key of another city")
    if not any(is_for(str(key_id), purpose) for purpose in Purpose):
        raise bad("key", "a key is named peer-N, proof-N or oidc-N")
    return str(key_id), from_multibase(method.get("publicKeyMultibase"))


def token_hash(token: bytes) -> bytes:
    """Hash a token, as the inviting city keeps it."""
    return hashlib.sha256(token).digest()


def proof(hashed_token: bytes, *, to: Origin, city: City) -> str:
    """Prove to know the token, bound to who says so and with which keys.

    HMAC-SHA-256, keyed with the token's hash, over the JCS form (RFC 8785) of both origins and the keys.
    """
    keys = {key_id: to_multibase(key) for key_id, key in city.keys.items()}
    content = canonical({"to": str(to), "from": str(city.origin), "keys": keys})
    return hmac.new(hashed_token, content, hashlib.sha256).hexdigest()
