# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which news become mails, to whom, in which language, and how they are switched off."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from cop.accounts.models import Person
from cop.base.audience import Audience
from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.mail import Mail
from cop.communities import services as communities
from cop.communities.models import JoinMode
from cop.knowledge import services as knowledge
from cop.knowledge.copies import apply_copy
from cop.meetings import services as meetings
from cop.notifications.models import Kind, NotificationChoice
from cop.notifications.services import choose
from cop.rotation import services as rotation
from cop.rotation.roles import MODERATOR
from tests.builders import AALBORG, a_city, a_community, a_peer, a_person, a_record, an_account
from tests.reader import Reader

SOON = datetime(2100, 12, 3, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def cities(app):
    with transaction():
        a_city()
        a_peer()


def somebody(name, *, locale="en", **facts):
    """A person of this city with an account and a mail address."""
    person = a_person(name, locale=locale)
    an_account(person, email=f"{name.lower()}@kassel.example", **facts)
    return person


def a_member(community, name, **facts):
    person = somebody(name, **facts)
    a_record(community, person=person)
    return communities.require_member(community.id, person.id)


def mails():
    with transaction():
        found = db.session.scalars(select(Mail).order_by(Mail.recipient, Mail.id))
        return [(mail.recipient.partition("@")[0], mail.subject) for mail in found]


def bodies():
    with transaction():
        return list(db.session.scalars(select(Mail.body)))


def test_whoever_is_next_gets_a_mail_with_the_reason_and_where_to_answer():
    with transaction():
        community = a_community("Coaching-Pool")
        rotation.take_turns(community, a_member(community, "Miriam"), knows_it=True)
        turn = rotation.assign_turn(community, MODERATOR, occasion_uri="http://127.0.0.1:8101/o/1", occasion_at=SOON)
        link = f"http://127.0.0.1:8101/turns/{turn.id}"

    assert mails() == [("miriam", "It is your turn to moderate on 3 December")]
    (body,) = bodies()
    assert body == (
        "Hello Miriam,\n\n"
        "It is your turn to moderate on 3 December: Coaching-Pool.\n"
        "This is your first time.\n\n"
        f"Take the turn or pass it on:\n{link}\n\n"
        "-- \n"
        "This mail comes from Reihum, Stadt Kassel. You can switch off mails of this kind:\n"
        "http://127.0.0.1:8101/notifications\n"
    )


def test_a_confirmed_turn_and_one_of_another_citys_person_are_no_mail():
    with transaction():
        community = a_community()
        record = a_record(community, "Mette", origin=AALBORG)
        rotation.join_rotation(community, record.person_id, MODERATOR, knows_it=True)
        turn = rotation.assign_turn(community, MODERATOR, occasion_uri="http://127.0.0.1:8101/o/1", occasion_at=SOON)
        rotation.confirm_turn(turn, record.person_id)

    assert mails() == []


def test_a_turn_given_by_another_city_is_told_by_the_own_one():
    with transaction():
        community = a_community("Ledernetværk", origin=AALBORG)
        member = a_member(community, "Miriam")
        uri = communities.member_uri(community.id, member.person_id)
        rotation.apply_copy(
            uri=f"{AALBORG}/o/turn",
            origin=AALBORG,
            rev=1,
            community_uri=community.uri,
            role=MODERATOR,
            occasion_uri=f"{AALBORG}/o/meeting",
            occasion_at=SOON,
            person={"uri": uri, "name": "Miriam", "city_origin": "http://127.0.0.1:8101"},
            state="proposed",
            source="auto",
            reasons=[],
            followers=[],
        )

    assert mails() == [("miriam", "It is your turn to moderate on 3 December")]


def test_coordinators_hear_who_asks_and_who_asked_hears_the_answer():
    with transaction():
        community = a_community("Coaching-Pool", founder=somebody("Nadja"), join_mode=JoinMode.REQUEST)
        nadja = communities.require_coordinator(community.id, community.memberships[0].person_id)
        bram, carla = somebody("Bram"), somebody("Carla")
        for person in (bram, carla):
            communities.ask_to_join(community, person, shows_name=True, role_title="")
        records = {record.person_id: record for record in community.memberships}
        communities.accept_member(records[bram.id], nadja)
        communities.refuse_member(records[carla.id], nadja, reason="We are full.")

    assert mails() == [
        ("bram", "You are a member of Coaching-Pool"),
        ("carla", "Your wish to join Coaching-Pool"),
        ("nadja", "Somebody would like to join Coaching-Pool"),
        ("nadja", "Somebody would like to join Coaching-Pool"),
    ]
    assert "The reason: We are full." in next(body for body in bodies() if "Carla," in body)
    assert "Bram (Kassel) would like to join Coaching-Pool." in "".join(bodies())


def test_whoever_joined_by_a_click_gets_no_mail_but_hears_from_another_city():
    with transaction():
        bram = somebody("Bram")
        communities.ask_to_join(a_community(), bram, shows_name=True, role_title="")
        far = a_community("Ledernetværk", origin=AALBORG)
        record = communities.ask_home_to_join(far, bram, shows_name=True, role_title="")
        communities.settle_join(record, True)

    assert mails() == [("bram", "You are a member of Ledernetværk")]


def plan(community, coordinator):
    starts = (now() + timedelta(days=30)).replace(tzinfo=None, microsecond=0)
    return meetings.plan_meeting(
        community, coordinator, title="Treffen 14", starts_local=starts, zone="Europe/Berlin", minutes=120
    )


def test_members_hear_of_a_new_meeting_and_when_it_is_cancelled_each_in_their_language():
    with transaction():
        community = a_community("Coaching-Pool", founder=somebody("Nadja"))
        a_member(community, "Bram")
        a_record(community, "Mette", origin=AALBORG)
        somebody("Stranger")
        nadja = communities.require_coordinator(community.id, community.memberships[0].person_id)
        meeting = plan(community, nadja)
        meetings.cancel_meeting(meeting, nadja)

    assert mails() == [
        ("bram", "New meeting: Treffen 14"),
        ("bram", "Cancelled: Treffen 14"),
        ("nadja", "New meeting: Treffen 14"),
        ("nadja", "Cancelled: Treffen 14"),
    ]


def far_meeting(community, **changes):
    return meetings.apply_meeting_copy(
        **{
            "uri": f"{AALBORG}/o/meeting",
            "origin": AALBORG,
            "rev": 1,
            "community_uri": community.uri,
            "title": "Netværksmøde",
            "starts_at": SOON,
            "zone": "Europe/Copenhagen",
            "minutes": 180,
            "format": "online",
            "state": "scheduled",
            "locale": "da",
            "audience": "peers",
        }
        | changes
    )


def test_members_hear_from_their_own_city_of_meetings_elsewhere():
    with transaction():
        community = a_community("Ledernetværk", origin=AALBORG)
        a_member(community, "Bram")
        far_meeting(community)
        far_meeting(community, rev=2, title="Netværksmøde 2")
        far_meeting(community, rev=3, state="cancelled")
        far_meeting(community, rev=4, state="cancelled")
        far_meeting(community, uri=f"{AALBORG}/o/old", starts_at=datetime(2020, 1, 1, tzinfo=UTC))
        far_meeting(community, uri=f"{AALBORG}/o/gone", state="cancelled")

    assert mails() == [("bram", "New meeting: Netværksmøde"), ("bram", "Cancelled: Netværksmøde")]


def minutes_of(community, author, **facts):
    return knowledge.publish_article(
        author_person_id=author.person_id,
        **{
            "kind": "minutes",
            "title": "Treffen 13",
            "body": "Secret text",
            "audience": Audience.COMMUNITY,
            "community": community,
            "locale": "de",
            "licence": "CC-BY-4.0",
            "tags": [],
        }
        | facts,
    )


def test_members_hear_of_minutes_without_their_text_but_not_of_other_articles():
    with transaction():
        community = a_community("Coaching-Pool")
        author = a_member(community, "Miriam")
        a_member(community, "Bram")
        minutes_of(community, author)
        minutes_of(community, author, kind="guide")

    assert mails() == [("bram", "Minutes: Treffen 13")]
    assert "Secret text" not in bodies()[0]


@pytest.mark.parametrize(("published_at", "number"), [(None, 1), (datetime(2020, 1, 1, tzinfo=UTC), 0)])
def test_minutes_of_another_city_are_news_only_while_they_are_new(published_at, number):
    with transaction():
        community = a_community("Ledernetværk", origin=AALBORG)
        a_member(community, "Bram")
        for rev in (1, 2):
            apply_copy(
                uri=f"{AALBORG}/o/minutes",
                origin=AALBORG,
                rev=rev,
                kind="minutes",
                title="Referat",
                body="Tekst",
                locale="da",
                licence="CC-BY-4.0",
                audience="community",
                community_uri=community.uri,
                published_at=published_at or now(),
                updated_at=now(),
            )

    assert len(mails()) == number


def test_mails_speak_the_language_of_their_reader_or_the_citys():
    with transaction():
        community = a_community("Coaching-Pool", founder=somebody("Nadja", locale=""))
        a_member(community, "Mette", locale="da")
        plan(community, communities.require_coordinator(community.id, community.memberships[0].person_id))
        dates = {mail.recipient.partition("@")[0]: mail.body for mail in db.session.scalars(select(Mail))}

    assert " kl. " in dates["mette"]
    assert " kl. " not in dates["nadja"]


def test_nobody_without_an_address_or_with_a_deactivated_account_gets_mail():
    with transaction():
        community = a_community(founder=somebody("Nadja", deactivated_at=now()))
        a_record(community, person=an_account(a_person("Bram")).person)
        plan(community, communities.require_coordinator(community.id, community.memberships[0].person_id))

    assert mails() == []


def test_what_is_switched_off_is_not_sent():
    with transaction():
        community = a_community("Coaching-Pool", founder=somebody("Nadja"))
        nadja = communities.require_coordinator(community.id, community.memberships[0].person_id)
        choose(nadja.person_id, set(Kind) - {Kind.MEETING_PLANNED})
        meetings.cancel_meeting(plan(community, nadja), nadja)

    assert mails() == [("nadja", "Cancelled: Treffen 14")]


def test_a_mail_goes_with_its_news_or_not_at_all():
    with transaction():
        community = a_community(founder=somebody("Nadja"))
        founder_id = community.memberships[0].person_id

    def plan_and_fail():
        with transaction():
            plan(community, communities.require_coordinator(community.id, founder_id))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        plan_and_fail()

    assert mails() == []


def test_the_page_switches_kinds_off_and_on_again(app):
    with transaction():
        miriam = somebody("Miriam")
    reader = Reader(app, miriam)
    page = reader.get("/notifications").text
    assert page.count(" checked") == len(Kind)
    assert "miriam@kassel.example" in page

    assert reader.post("/notifications", turn="1", minutes="1").status_code == 303
    with transaction():
        off = set(db.session.scalars(select(NotificationChoice.kind)))
    assert off == set(Kind) - {Kind.TURN, Kind.MINUTES}
    assert reader.get("/notifications").text.count(" checked") == 2

    reader.post("/notifications", **{kind.value: "1" for kind in Kind})
    with transaction():
        assert db.session.scalars(select(NotificationChoice)).all() == []


def test_whoever_has_no_address_reads_that_nothing_can_be_sent(app):
    with transaction():
        person = a_person("Miriam", locale="en")
    reader = Reader(app, person)

    assert "no mail address" in reader.get("/notifications").text
    assert reader.post("/notifications", moon="1").status_code == 400
    with transaction():
        assert db.session.get_one(Person, person.id).account.email == ""
