# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A new key for requests: announced with the old one, proved by the new one, confirmed by an administrator.

The announcement travels in a request that the old key signed; it carries the new key's signature over both keys and the
origin. So neither who only has the old key, nor who only has the new one, can announce anything.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from federation.activities import JSON
from federation.canonical import canonical
from federation.errors import bad, forbidden
from federation.invitations import read_keys, write_keys
from federation.keys import Purpose, SigningKey, is_for, to_multibase
from federation.origins import Origin

#: how long the old key stays valid after a new one
OVERLAP = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that a city announced."""

    key_id: str
    public: bytes


def announce(*, origin: Origin, old: SigningKey, new: SigningKey) -> dict[str, object]:
    """Write the announcement of a new key, for an activity in a request signed with the old one."""
    signed = new.private.sign(_content(origin, old.key_id, old.public, new.key_id, new.public))
    return {
        "cop:oldKey": old.key_id,
        "cop:newKey": write_keys({new.key_id: new.public})[0],
        "cop:proof": base64.urlsafe_b64encode(signed).decode("ascii").rstrip("="),
    }


def read_announcement(said: object, *, origin: Origin, key_id: str, public: bytes, development: bool = False) -> NewKey:
    """Read an announcement.

    Args:
        said: as `announce` wrote it.
        origin: of the city that is proved to have sent it.
        key_id: the pinned key that its request was signed with.
        public: that key, raw.
        development: whether loopback peers are allowed.

    Raises:
        Refused: 400 when it is none; 403 when it was signed with another key than it names, or the new key did not
            prove that it is there.
    """
    if not isinstance(said, Mapping):
        raise bad("shape", "cop:rotation: an announcement")
    ((new_id, new),) = read_keys([said.get("cop:newKey")], origin=origin, development=development).items()
    if not is_for(new_id, Purpose.PEER) or new_id == key_id:
        raise bad("key", "cop:newKey: another key for requests")
    if said.get("cop:oldKey") != key_id:
        raise forbidden("rotation", "announced with another key than the one it follows")
    try:
        proof = str(said.get("cop:proof"))
        signature = base64.urlsafe_b64decode(proof + "=" * (-len(proof) % 4))
        Ed25519PublicKey.from_public_bytes(new).verify(signature, _content(origin, key_id, public, new_id, new))
    except (InvalidSignature, binascii.Error, ValueError) as error:
        raise forbidden("rotation", "the new key did not sign for itself") from error
    return NewKey(new_id, new)


def _content(origin: Origin, old_id: str, old: bytes, new_id: str, new: bytes) -> bytes:
    content: JSON = {
        "from": str(origin),
        "old": {"id": old_id, "publicKeyMultibase": to_multibase(old)},
        "new": {"id": new_id, "publicKeyMultibase": to_multibase(new)},
    }
    return canonical(dict(content))
