# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Meetings and topics whose home is another city."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from cop.base.db import db, transaction
from cop.base.errors import Conflict, Forbidden
from cop.base.pending import PendingRequest
from cop.communities.models import Role
from cop.communities.services import require_member
from cop.meetings import queries, services
from cop.meetings.models import Answer, Meeting, MeetingState, Registration, Support, Topic
from tests.builders import AALBORG, HEIDELBERG, a_community, a_meeting, a_member, a_peer, a_record, a_topic

AT = datetime(2026, 12, 3, 9, tzinfo=UTC)
MEETING = f"{AALBORG}/o/meeting"
TOPIC = f"{AALBORG}/o/topic"
THEM = {"uri": f"{AALBORG}/m/mette", "name": "Mette", "city_origin": AALBORG}


def the_meeting(community, **changes):
    facts = {
        "uri": MEETING,
        "origin": AALBORG,
        "rev": 3,
        "community_uri": community.uri,
        "title": "Netværksmøde",
        "starts_at": AT,
        "zone": "Europe/Copenhagen",
        "minutes": 180,
        "format": "hybrid",
        "state": "scheduled",
        "locale": "da",
        "audience": "peers",
    }
    return services.apply_meeting_copy(**facts | changes)


def the_topic(community, **changes):
    facts = {
        "uri": TOPIC,
        "origin": AALBORG,
        "rev": 2,
        "community_uri": community.uri,
        "meeting_uri": MEETING,
        "proposed_by": THEM,
        "title": "Hvordan siger jeg nej?",
        "locale": "da",
        "state": "proposed",
        "proposed_at": AT,
        "support_count": 4,
    }
    return services.apply_topic_copy(**facts | changes)


@pytest.fixture
def community(app: Flask):
    with transaction():
        a_peer(AALBORG)
        yield a_community(origin=AALBORG)


def test_a_copy_is_added_and_replaced_by_a_higher_revision_alone(community) -> None:
    meeting = the_meeting(community)
    assert (meeting.starts_local, meeting.rev) == (datetime(2026, 12, 3, 10), 3)

    assert the_meeting(community, title="Older", rev=3) is None
    assert the_meeting(community, title="Newer", rev=5, state="cancelled") is meeting
    assert (meeting.title, meeting.state, meeting.rev) == ("Newer", MeetingState.CANCELLED, 5)


def test_a_topic_keeps_who_proposed_it(community) -> None:
    meeting = the_meeting(community)

    topic = the_topic(community)

    assert (topic.meeting_id, topic.support_count) == (meeting.id, 4)
    assert (topic.proposed_by.display_name, topic.proposed_by.origin) == ("Mette", AALBORG)
    assert the_topic(community, rev=2) is None
    assert the_topic(community, rev=3, title="Newer") is topic


def test_an_own_topic_comes_back_as_ones_own(community) -> None:
    record = a_record(community, "Ida")
    the_meeting(community)

    topic = the_topic(community, proposed_by={"uri": record.uri, "name": "HR", "city_origin": "http://127.0.0.1:8101"})
    again = the_topic(community, rev=3)

    assert (topic.proposed_by_id, again.proposed_by_id) == (record.person_id, record.person_id)
    assert [row.mine for row in queries.topics_of(topic.meeting, record.person_id)] == [True]


def test_what_belongs_to_a_community_nobody_knows_here_is_not_kept(community) -> None:
    nowhere = {"community_uri": f"{AALBORG}/o/unknown"}
    nobody = {"uri": "http://127.0.0.1:8101/m/nobody", "name": "x", "city_origin": "http://127.0.0.1:8101"}

    assert the_meeting(community, **nowhere) is None
    assert the_topic(community, **nowhere) is None
    assert the_topic(community, proposed_by=nobody) is None


def test_no_city_writes_what_is_anothers(community) -> None:
    the_meeting(community)
    the_topic(community)
    ours = a_meeting()
    elsewhere = a_community(origin=HEIDELBERG)
    wishes = (
        lambda: the_meeting(community, origin=HEIDELBERG, rev=9),
        lambda: the_meeting(elsewhere, uri=f"{AALBORG}/o/new"),
        lambda: the_meeting(community, uri=ours.uri, rev=9),
        lambda: the_meeting(community, uri=ours.uri, origin=ours.origin, rev=9),
        lambda: the_topic(community, origin=HEIDELBERG, rev=9),
        lambda: services.forget_topic(TOPIC, HEIDELBERG),
        lambda: services.forget_meeting(MEETING, HEIDELBERG),
        lambda: services.forget_meeting(ours.uri, ours.origin),
    )

    for wish in wishes:
        with pytest.raises(Forbidden):
            wish()


def test_what_the_home_deleted_is_forgotten_with_all_that_hangs_on_it(community) -> None:
    the_meeting(community)
    topic = the_topic(community)
    member = a_member(community)
    services.keep_own_support(topic.uri, member.person_id, True)
    services.keep_own_answer(MEETING, member.person_id, "confirmed")

    services.forget_topic(TOPIC, AALBORG)
    services.forget_topic(TOPIC, AALBORG)
    assert db.session.scalars(select(Support)).all() == []

    the_topic(community)
    services.forget_meeting(MEETING, AALBORG)
    services.forget_meeting(MEETING, AALBORG)
    for kind in (Meeting, Topic, Registration):
        assert db.session.scalars(select(kind)).all() == []


def test_the_homes_answer_about_things_unknown_is_nothing(community) -> None:
    member = a_member(community)

    services.keep_own_support(TOPIC, member.person_id, True)

    assert services.keep_own_answer(MEETING, member.person_id, "confirmed") is None


def test_who_declined_keeps_no_links(community) -> None:
    the_meeting(community)
    member = a_member(community)
    links = [{"kind": "room", "label": "Webex", "url": "https://webex.com/1"}]

    assert services.keep_own_answer(MEETING, member.person_id, "confirmed", links).links == links
    assert services.keep_own_answer(MEETING, member.person_id, "declined", links).links == []


def test_a_copy_is_changed_by_nobody_here(community) -> None:
    meeting, topic = the_meeting(community), the_topic(community)
    member = a_member(community, role=Role.COORDINATOR)
    wishes = (
        lambda: services.propose_topic(meeting, member, title="x"),
        lambda: services.propose_for_later(community, member, title="x"),
        lambda: services.edit_topic(topic, member, title="x"),
        lambda: services.withdraw_topic(topic, member),
        lambda: services.support(topic, member),
        lambda: services.answer(meeting, member, Answer.CONFIRMED),
        lambda: services.change_meeting(meeting, member, title="x"),
        lambda: services.cancel_meeting(meeting, member),
        lambda: services.end_meeting(meeting, member),
        lambda: services.mark_published(meeting),
        lambda: services.links_for(meeting),
        lambda: services.move_to_backlog(topic, member),
    )

    for wish in wishes:
        with pytest.raises(Conflict):
            wish()


def test_each_wish_asks_the_home_with_the_members_id(community) -> None:
    meeting = the_meeting(community)
    record = a_record(community, "Ida")
    member = require_member(community.id, record.person_id)
    mine = a_topic(meeting, member)

    services.wish_topic(meeting, member, title="New one here", pitch="p", locale="de")
    services.wish_topic_for_later(community, member, title="For later", locale="de")
    services.wish_edit(mine, member, title="Edited title")
    services.wish_support(mine, member, on=True)
    services.wish_support(mine, member, on=False)
    services.wish_withdrawal(mine, member)
    services.wish_answer(meeting, member, Answer.CONFIRMED)

    asked = db.session.scalars(select(PendingRequest).order_by(PendingRequest.made_at, PendingRequest.id)).all()
    assert [(wish.kind, wish.object_uri) for wish in asked] == [
        ("propose_topic", MEETING),
        ("propose_topic", community.uri),
        ("edit_topic", mine.uri),
        ("support", mine.uri),
        ("unsupport", mine.uri),
        ("withdraw_topic", mine.uri),
        ("answer_meeting", MEETING),
    ]
    assert {wish.home for wish in asked} == {AALBORG}
    assert {wish.details["member_uri"] for wish in asked} == {record.uri}


def test_a_meeting_that_is_over_is_not_asked_for(community) -> None:
    meeting = the_meeting(community, state="ended")
    member = a_member(community)

    with pytest.raises(Conflict):
        services.wish_topic(meeting, member, title="x")
    with pytest.raises(Conflict):
        services.wish_answer(meeting, member, Answer.CONFIRMED)
