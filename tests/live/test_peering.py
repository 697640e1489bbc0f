# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Two cities become partners, and part again."""

from sqlalchemy import select

from cop.accounts.models import KnownCity
from cop.base.audience import Audience
from cop.base.db import db
from cop.communities.models import Community
from cop.sharing import partnering, services
from cop.sharing.documents import city_document
from cop.sharing.keys import public_keys
from cop.sharing.models import PeerKey, PeerRecord, TrustEvent
from cop.sharing.outgoing.speaking import activity, at_the_end
from cop.sharing.stores.log import Saying
from tests.builders import a_community
from tests.live_instance import LiveInstance, settle


def cities_known_to(city: LiveInstance) -> dict[str, str]:
    with city.app.app_context():
        return {row.short: row.letters for row in db.session.scalars(select(KnownCity).order_by(KnownCity.short))}


def versions_known_to(city: LiveInstance) -> list[str]:
    with city.app.app_context():
        return db.session.scalars(select(PeerRecord.versions)).one()


def communities_of(city: LiveInstance) -> list[str]:
    with city.app.app_context():
        return list(db.session.scalars(select(Community.name).order_by(Community.name)))


def test_two_cities_that_peer_know_each_other_as_each_wants_to_be_shown(kassel, aalborg) -> None:
    kassel.peer_with(aalborg)

    assert cities_known_to(kassel) == cities_known_to(aalborg) == {"Aalborg": "AA", "Kassel": "KS"}
    assert kassel.letters_to(aalborg).keys() == aalborg.letters_to(kassel).keys() == {"done"}


def test_a_city_says_itself_which_versions_it_speaks(kassel, aalborg) -> None:
    kassel.peer_with(aalborg)
    assert versions_known_to(kassel) == versions_known_to(aalborg) == ["cop-fed/1"]

    with aalborg.at_work():
        newer = city_document(to=kassel.origin) | {"cop:versions": ["cop-fed/1", "cop-fed/2", "x"]}
        said = [Saying(activity("Update", newer), newer["id"], {kassel.origin})]
        at_the_end("newer", lambda: said)
    settle(kassel, aalborg)

    assert versions_known_to(kassel) == ["cop-fed/1", "cop-fed/2"]


def test_a_new_partner_gets_what_partner_cities_may_see_and_nothing_else(kassel, aalborg) -> None:
    with kassel.at_work():
        a_community("CoP Personalentwicklung")
        a_community("Führungskreis", visibility=Audience.CITY)
        a_community("Vertraulich", visibility=Audience.COMMUNITY)

    kassel.peer_with(aalborg)

    assert communities_of(aalborg) == ["CoP Personalentwicklung"]


def test_what_is_founded_later_arrives_too(kassel, aalborg) -> None:
    kassel.peer_with(aalborg)

    with kassel.at_work():
        a_community("CoP Wissen")
    settle(kassel, aalborg)

    assert communities_of(aalborg) == ["CoP Wissen"]


def test_what_is_founded_before_the_new_partner_has_heard_of_it_arrives_too(kassel, aalborg) -> None:
    with kassel.app.app_context():
        invitation = partnering.invite(by=None)
    with aalborg.app.app_context():
        partnering.offer(invitation, level=3, by=None)
    with kassel.app.app_context():
        partnering.confirm(aalborg.origin, level=3, by=None)

    with kassel.at_work():
        a_community("CoP Personalentwicklung")
    settle(kassel, aalborg)

    assert communities_of(aalborg) == ["CoP Personalentwicklung"]


def test_nothing_passes_before_the_inviting_city_confirms(kassel, aalborg) -> None:
    with kassel.at_work():
        a_community()
    with kassel.app.app_context():
        text = partnering.invite(by=None)
    with aalborg.app.app_context():
        partnering.offer(text, level=3, by=None)

    settle(kassel, aalborg)

    assert communities_of(aalborg) == []
    with kassel.app.app_context():
        assert [peer.state for peer in db.session.scalars(select(PeerRecord))] == ["asked"]


def test_every_decision_is_written_down(kassel, aalborg) -> None:
    kassel.peer_with(aalborg)

    story = (
        (kassel, ["invited", "asked", "connected", "confirmed"]),
        (aalborg, ["offered", "connected", "key_pinned", "key_pinned"]),
    )
    for city, codes in story:
        with city.app.app_context():
            assert list(db.session.scalars(select(TrustEvent.code).order_by(TrustEvent.id))) == codes


def test_each_city_pins_the_key_of_each_purpose(kassel, aalborg) -> None:
    kassel.peer_with(aalborg)

    for city, other in ((kassel, aalborg), (aalborg, kassel)):
        with city.app.app_context():
            pinned = {key.key_id: key.public_key for key in db.session.scalars(select(PeerKey))}
        with other.app.app_context():
            assert pinned == public_keys()


def test_a_partnership_that_ended_shares_nothing_and_can_begin_anew(kassel, aalborg) -> None:
    kassel.peer_with(aalborg)
    with kassel.at_work():
        services.end_peering(aalborg.origin, by=None)
    with aalborg.at_work():
        services.end_peering(kassel.origin, by=None)
    with kassel.at_work():
        a_community("CoP Danach")
    settle(kassel, aalborg)
    assert communities_of(aalborg) == []

    kassel.peer_with(aalborg)

    assert communities_of(aalborg) == ["CoP Danach"]
