# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Ed25519 keys: making, keeping, showing."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from federation import base58
from federation.errors import bad
from federation.origins import Origin

RAW_LENGTH = 32
#: Multicodec prefix of an Ed25519 public key, as FEP-521a's Multikey wants it.
_MULTICODEC = b"\xed\x01"
_FIELD = 2**255 - 19
# The y-coordinates of the points of small order: a signature by one of them proves nothing.
_ORDER_8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"
_Y_8 = int.from_bytes(bytes.fromhex(_ORDER_8), "little")
_SMALL_ORDER = {0, 1, _FIELD - 1, _Y_8, _FIELD - _Y_8}


class Purpose(StrEnum):
    """What a key is for; the name of a key says so, and no key serves two ends."""

    PEER = "peer"  # requests and answers between cities
    PROOF = "proof"  # objects
    OIDC = "oidc"  # visits


def is_for(key_id: str, purpose: Purpose) -> bool:
    """Tell from a key's id whether it is for this (`…/actor#proof-2`)."""
    return key_id.partition("#")[2].startswith(f"{purpose}-")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key of ours: its id and its secret half."""

    key_id: str
    private: Ed25519PrivateKey = field(repr=False)

    @property
    def public(self) -> bytes:
        """The raw public key."""
        return self.private.public_key().public_bytes_raw()

    def for_peer(self, origin: Origin) -> "SigningKey":
        """See `Keyring`: one key for all."""
        return self


class Keyring(Protocol):
    """Which key a city signs requests and answers with, towards which peer: during a change the one it knows."""

    def for_peer(self, origin: Origin) -> SigningKey:
        """Return the key that a peer verifies us with; to a city that is no peer yet the newest."""


def generate(key_id: str) -> SigningKey:
    """Make a new key."""
    return SigningKey(key_id, Ed25519PrivateKey.generate())


def to_pem(key: SigningKey) -> bytes:
    """Write the secret half as PKCS #8."""
    return key.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def from_pem(key_id: str, pem: bytes) -> SigningKey:
    """Read a secret half.

    Raises:
        ValueError: when it is not an Ed25519 key in PEM.
    """
    try:
        private = serialization.load_pem_private_key(pem, password=None)
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("not an unencrypted private key") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise ValueError("not an Ed25519 key")  # noqa: TRY004 - the content is wrong, not the type
    return SigningKey(key_id, private)


def fingerprint(public: bytes) -> str:
    """Show a key to people: SHA-256 of the raw public key, in groups of four hexadecimal digits."""
    digits = hashlib.sha256(public).hexdigest()
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def to_multibase(public: bytes) -> str:
    """Write a public key as `publicKeyMultibase` (FEP-521a): base58-btc of codec and key."""
    return base58.encode(_MULTICODEC + public)


def from_multibase(text: object) -> bytes:
    """Read a peer's public key.

    Raises:
        Refused: 400 when it is not an Ed25519 key that can prove anything.
    """
    try:
        raw = base58.decode(text, length=len(_MULTICODEC) + RAW_LENGTH)
    except ValueError as error:
        raise bad("key", "not a multibase key") from error
    if not raw.startswith(_MULTICODEC):
        raise bad("key", "not an Ed25519 key")
    return check_public(raw.removeprefix(_MULTICODEC))


def check_public(public: bytes) -> bytes:
    """Refuse keys that can't prove anything: wrong length, not reduced, of small order."""
    y = int.from_bytes(public, "little") & (2**255 - 1)
    if len(public) != RAW_LENGTH or y >= _FIELD or y in _SMALL_ORDER:
        raise bad("key", "not a usable Ed25519 key")
    Ed25519PublicKey.from_public_bytes(public)
    return public
