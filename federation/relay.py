# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Objects of a third city that a trusted one passes on: believed for their proof, never for who brought them."""

from datetime import datetime

from federation.activities import JSON, Activity
from federation.errors import InvalidUrlError, bad, forbidden
from federation.keys import Purpose
from federation.origins import Origin, parse_object_id
from federation.ports import Level, Peer, Peers, PeerState, PinnedKeys
from federation.proofs import check_proof, claimed_proof_key


def check_proved(document: JSON, *, home: Origin, keys: PinnedKeys, at: datetime) -> None:
    """Check the proof that a document carries, with a key pinned of its home.

    Raises:
        Refused: 403 when it carries none, by another key, or was altered.
    """
    key_id = claimed_proof_key(document)
    key = keys.key(key_id, at=at, purpose=Purpose.PROOF) if key_id is not None else None
    if key is None or key.peer.origin != home:
        raise forbidden("proof", "not proved with a key of its home")
    check_proof(document, key_id=key.key_id, public_key=key.public_key)


def check_relayed(activity: Activity, *, peers: Peers, at: datetime, development: bool = False) -> Peer:
    """Check what an `Announce` brings: the object whole, proved by its home, a city that we read ourselves.

    Raises:
        Refused: 403; 400 when there is no object.
    """
    home = peers.get(home_of(activity, development=development))
    if home is None or home.state is not PeerState.ACTIVE or home.level_in < Level.READ:
        raise forbidden("relay", "an object of a city that we don't read")
    check_proved(activity.embedded, home=home.origin, keys=peers, at=at)
    return home


def home_of(activity: Activity, *, development: bool = False) -> Origin:
    """Read from its id whose an object is.

    Raises:
        Refused: 403; 400 when there is no object.
    """
    if not activity.embedded or activity.object_id is None:
        raise bad("shape", "object: the object itself, with its id")
    try:
        home = parse_object_id(activity.object_id, development=development).origin
        owner = parse_object_id(activity.embedded.get("attributedTo", activity.object_id), development=development)
    except InvalidUrlError as error:
        raise forbidden("origin", f"object: {error}") from error
    if owner.origin != home:
        raise forbidden("origin", "object.attributedTo is of another city")
    return home
