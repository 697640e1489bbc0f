# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The keys of partner cities, apart from the wire."""

import pytest
from flask import Flask
from sqlalchemy import select

from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.errors import Conflict
from cop.sharing import peer_keys
from cop.sharing.models import PeerKey, PeerRecord, TrustEvent
from cop.sharing.services import require_peer
from federation.keys import SigningKey, generate
from federation.rotation import OVERLAP, announce
from tests.builders import AALBORG, a_peer

OLD = generate(f"{AALBORG}/actor#peer-1")


def new_key(number: int = 2) -> SigningKey:
    return generate(f"{AALBORG}/actor#peer-{number}")


def with_peer() -> None:
    with transaction():
        peer = a_peer()
        peer.keys.append(PeerKey(key_id=OLD.key_id, public_key=OLD.public))


def take(new: SigningKey) -> None:
    with transaction():
        peer_keys.take_announcement(AALBORG, announce(origin=AALBORG, old=OLD, new=new), key_id=OLD.key_id)


def key(name: str) -> PeerKey:
    return db.session.scalars(select(PeerKey).where(PeerKey.key_id == f"{AALBORG}/actor#{name}")).one()


def codes() -> list[str]:
    return list(db.session.scalars(select(TrustEvent.code).order_by(TrustEvent.number)))


def test_the_latest_of_several_keys_of_one_name_waits(app: Flask) -> None:
    with_peer()
    first, second = new_key(), new_key()

    take(first)
    take(first)
    take(second)

    assert key("peer-2").public_key == second.public
    assert codes() == ["key_announced", "key_announced"]


def test_what_was_decided_is_not_opened_again_by_a_late_word(app: Flask) -> None:
    with_peer()
    new = new_key()
    take(new)
    with transaction():
        peer_keys.confirm_key(AALBORG, new.key_id, by=None)

    take(new)
    take(new_key())

    assert key("peer-2").public_key == new.public
    assert key("peer-2").pending_since is None
    assert codes() == ["key_announced", "key_confirmed"]


def test_the_old_key_is_believed_for_thirty_days_more(app: Flask) -> None:
    with_peer()
    for number in (2, 3):
        new = new_key(number)
        take(new)
        with transaction():
            peer_keys.confirm_key(AALBORG, new.key_id, by=None)

    assert now() < key("peer-1").valid_until <= key("peer-2").valid_until <= now() + OVERLAP
    assert key("peer-3").valid_until is None


def test_a_city_gives_up_its_own_keys_and_no_unknown_ones(app: Flask) -> None:
    with_peer()

    with transaction():
        peer_keys.withdraw_keys(AALBORG, [OLD.key_id, "https://stranger.example/actor#peer-1"])
        peer_keys.withdraw_keys(AALBORG, [OLD.key_id])

    assert not peer_keys.believed(key("peer-1"))
    assert codes() == ["key_withdrawn"]


def test_revoking_all_keys_forgets_what_waits_and_what_was_vouched_for(app: Flask) -> None:
    with_peer()
    take(new_key())
    with transaction():
        peer = require_peer(AALBORG)
        peer.keys.append(PeerKey(key_id=f"{AALBORG}/actor#proof-1", public_key=bytes(32)))

    with transaction():
        peer_keys.revoke_keys(AALBORG, by=None)

    assert [kept.key_id for kept in db.session.scalars(select(PeerKey))] == [OLD.key_id]
    assert db.session.scalars(select(PeerRecord.paused_at)).one() is not None
    with transaction(), pytest.raises(Conflict):
        peer_keys.revoke_keys(AALBORG, by=None)


def test_one_key_of_several_can_be_revoked(app: Flask) -> None:
    with_peer()
    new = new_key()
    take(new)
    with transaction():
        peer_keys.confirm_key(AALBORG, new.key_id, by=None)

    with transaction():
        peer_keys.revoke_keys(AALBORG, by=None, key_id=OLD.key_id)

    assert (peer_keys.believed(key("peer-1")), peer_keys.believed(key("peer-2"))) == (False, True)
    assert db.session.scalars(select(PeerRecord.paused_at)).one() is None


def test_only_a_key_that_waits_is_confirmed_or_refused(app: Flask) -> None:
    with_peer()

    for decide in (peer_keys.confirm_key, peer_keys.refuse_key):
        with transaction(), pytest.raises(Conflict):
            decide(AALBORG, OLD.key_id, by=None)
