# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A city changes its key, or loses it; nothing is lost on the way, and nothing is believed unseen."""

import pytest
from sqlalchemy import select

from cop.base.db import db
from cop.base.errors import Conflict
from cop.knowledge.models import Article
from cop.sharing import partnering, peer_keys
from cop.sharing.keyring import unconfirmed
from cop.sharing.models import PeerKey, PeerRecord, ReceivedActivity, TrustEvent
from cop.sharing.rotating import revoke_own_keys, rotate_key
from federation.keys import Purpose
from tests.builders import an_article
from tests.live_instance import LiveInstance, settle


@pytest.fixture
def peers(kassel, aalborg) -> tuple[LiveInstance, LiveInstance]:
    kassel.peer_with(aalborg)
    return kassel, aalborg


def publish(city: LiveInstance, title: str) -> None:
    with city.at_work():
        an_article(title)


def articles(city: LiveInstance) -> list[str]:
    with city.app.app_context():
        return list(db.session.scalars(select(Article.title).order_by(Article.title)))


def pinned(city: LiveInstance, *, waiting: bool) -> list[str]:
    """Names of the keys for requests that a city believes, or that wait for its administrators."""
    with city.app.app_context():
        found = db.session.scalars(select(PeerKey).order_by(PeerKey.key_id)).all()
        believed = [key for key in found if (key.pending_since is not None) == waiting and key.revoked_at is None]
        names = [key.key_id.partition("#")[2] for key in believed]
    return [name for name in names if name.startswith("peer")]


def signed_with(city: LiveInstance) -> str:
    """Name of the key with which the last activity came to a city."""
    with city.app.app_context():
        last = select(ReceivedActivity.key_id).order_by(ReceivedActivity.id.desc()).limit(1)
        return db.session.scalar(last).partition("#")[2]


def confirm(city: LiveInstance, other: LiveInstance, name: str = "peer-2") -> None:
    with city.at_work():
        peer_keys.confirm_key(other.origin, f"{other.origin}/actor#{name}", by=None)
    settle(city, other)


def rotate(city: LiveInstance, *others: LiveInstance, purpose: Purpose = Purpose.PEER) -> None:
    with city.app.app_context():
        rotate_key(purpose, by=None)
    settle(city, *others)


def test_a_new_key_is_used_when_the_other_city_confirmed_it(peers) -> None:
    kassel, aalborg = peers
    rotate(kassel, aalborg)
    assert (pinned(aalborg, waiting=False), pinned(aalborg, waiting=True)) == (["peer-1"], ["peer-2"])
    publish(kassel, "Vorher")
    settle(kassel, aalborg)
    assert signed_with(aalborg) == "peer-1"

    confirm(aalborg, kassel)

    publish(kassel, "Nachher")
    settle(kassel, aalborg)
    assert signed_with(aalborg) == "peer-2"
    assert articles(aalborg) == ["Nachher", "Vorher"]
    with kassel.app.app_context():
        assert unconfirmed() == []
        assert db.session.scalars(select(TrustEvent.code).order_by(TrustEvent.id.desc())).first() == "own_key_taken"


def test_the_other_direction_goes_on_all_the_time(peers) -> None:
    kassel, aalborg = peers
    rotate(kassel, aalborg)
    publish(aalborg, "Under")
    settle(kassel, aalborg)
    confirm(aalborg, kassel)
    publish(aalborg, "Efter")
    settle(kassel, aalborg)

    assert articles(kassel) == ["Efter", "Under"]


def test_each_city_confirms_for_itself(peers, heidelberg) -> None:
    kassel, aalborg = peers
    kassel.peer_with(heidelberg)
    rotate(kassel, aalborg, heidelberg)
    confirm(aalborg, kassel)
    publish(kassel, "Für beide")
    settle(kassel, aalborg, heidelberg)

    assert articles(aalborg) == articles(heidelberg) == ["Für beide"]
    assert (signed_with(aalborg), signed_with(heidelberg)) == ("peer-2", "peer-1")


def test_who_becomes_a_partner_later_knows_the_new_key_only(peers, heidelberg) -> None:
    kassel, aalborg = peers
    rotate(kassel, aalborg)

    kassel.peer_with(heidelberg)

    assert pinned(heidelberg, waiting=False) == ["peer-2"]
    assert pinned(heidelberg, waiting=True) == []


def test_keys_for_objects_and_visits_need_no_confirmation(peers) -> None:
    kassel, aalborg = peers
    for purpose in (Purpose.PROOF, Purpose.OIDC):
        rotate(kassel, aalborg, purpose=purpose)

    with aalborg.app.app_context():
        names = {key.key_id.partition("#")[2] for key in db.session.scalars(select(PeerKey))}
    assert names == {"peer-1", "proof-1", "proof-2", "oidc-1", "oidc-2"}
    publish(kassel, "Mit neuem Beweis")
    settle(kassel, aalborg)
    assert articles(aalborg) == ["Mit neuem Beweis"]


def test_a_refused_key_proves_nothing_and_the_old_one_goes_on(peers) -> None:
    kassel, aalborg = peers
    rotate(kassel, aalborg)

    with aalborg.at_work():
        peer_keys.refuse_key(kassel.origin, f"{kassel.origin}/actor#peer-2", by=None)
    publish(kassel, "Weiter")
    settle(kassel, aalborg)

    assert articles(aalborg) == ["Weiter"]
    assert signed_with(aalborg) == "peer-1"


def test_a_revoked_key_proves_nothing_from_this_moment(peers) -> None:
    kassel, aalborg = peers
    publish(kassel, "Angekommen, nicht verarbeitet")
    kassel.deliver()

    with aalborg.at_work():
        peer_keys.revoke_keys(kassel.origin, by=None)
    publish(kassel, "Danach")
    publish(aalborg, "Heraf intet")
    settle(kassel, aalborg)

    assert articles(aalborg) == ["Heraf intet"]
    assert "Heraf intet" not in articles(kassel)
    with aalborg.app.app_context():
        assert "revoked" in set(db.session.scalars(select(ReceivedActivity.outcome)))


def test_after_a_revocation_a_new_key_is_asked_for_and_compared_and_nothing_is_lost(peers) -> None:
    kassel, aalborg = peers
    with aalborg.at_work():
        peer_keys.revoke_keys(kassel.origin, by=None)
    publish(kassel, "Unterdessen")
    publish(aalborg, "Imens")
    settle(kassel, aalborg)
    rotate(kassel, aalborg)
    kassel.retry_now()
    with aalborg.app.app_context():
        assert partnering.look_for_keys(kassel.origin) == 1
    confirm(aalborg, kassel)
    for city in peers:
        city.retry_now()
    settle(kassel, aalborg)

    assert articles(aalborg) == ["Imens", "Unterdessen"]
    assert "Imens" in articles(kassel)


def test_who_has_no_other_key_is_not_asked_for_nothing(peers) -> None:
    kassel, aalborg = peers

    with aalborg.app.app_context(), pytest.raises(Conflict):
        partnering.look_for_keys(kassel.origin)


def test_keys_that_are_given_up_are_dead_as_soon_as_the_others_are_told(peers) -> None:
    kassel, aalborg = peers
    with kassel.app.app_context():
        revoke_own_keys(by=None)
    settle(kassel, aalborg)
    assert (pinned(aalborg, waiting=False), pinned(aalborg, waiting=True)) == ([], ["peer-2"])
    publish(kassel, "Wartet")
    settle(kassel, aalborg)
    assert articles(aalborg) == []

    confirm(aalborg, kassel)
    for city in peers:
        city.retry_now()
    settle(kassel, aalborg)

    assert articles(aalborg) == ["Wartet"]
    assert signed_with(aalborg) == "peer-2"
    with aalborg.app.app_context():
        assert db.session.scalars(select(PeerRecord.paused_at)).one() is None
