# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages of meetings whose home is another city: wishes are on their way, or refused."""

import re
from datetime import timedelta

from sqlalchemy import select

from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.i18n import clock_time, local
from cop.base.pending import PendingRequest, RequestState, settle
from cop.meetings import services
from cop.meetings.models import Meeting, Topic, TopicState
from cop.sharing.models import PeerRecord
from tests.builders import AALBORG, a_topic
from tests.cop.meetings.seen import LINKS, a_meeting_of, member_of, only, text_of


def test_a_wish_for_another_city_is_shown_as_on_its_way_and_then_as_refused(bram):
    meeting_id = a_meeting_of(bram, origin=AALBORG)

    bram.post(f"/meetings/{meeting_id}/topics", title="How do we win mentors?")

    assert "How do we win mentors? KS Kassel You On its way to Aalborg" in text_of(bram.get(f"/meetings/{meeting_id}"))
    assert db.session.scalars(select(Topic)).all() == []

    with transaction():
        settle(db.session.scalars(select(PendingRequest)).one(), RequestState.REFUSED, "This meeting is over.")

    assert "Aalborg said no: This meeting is over." in text_of(bram.get(f"/meetings/{meeting_id}"))


def test_while_the_home_is_silent_its_pages_say_when_it_is_asked_again(bram):
    meeting_id = a_meeting_of(bram, origin=AALBORG)
    bram.post(f"/meetings/{meeting_id}/topics", title="How do we win mentors?")
    with transaction():
        peer = db.session.scalars(select(PeerRecord)).one()
        peer.failures, peer.next_try_at = 3, now() + timedelta(minutes=5)
        next_try = clock_time(local(peer.next_try_at))

    assert (
        "You On its way to Aalborg. Aalborg is not answering. "
        f"Nothing is lost, the next try is at {next_try}" in text_of(bram.get(f"/meetings/{meeting_id}"))
    )


def test_support_for_another_city_is_pressed_at_once(bram):
    meeting_id = a_meeting_of(bram, origin=AALBORG)
    with transaction():
        topic_id = a_topic(db.session.get_one(Meeting, meeting_id), support_count=3).id

    bram.post(f"/topics/{topic_id}/support", supported="1")

    page = bram.get(f"/meetings/{meeting_id}")
    assert 'aria-pressed="true"><b>4</b>' in page.text
    assert "On its way to Aalborg" in text_of(page)
    assert only(Topic).support_count == 3


def test_an_own_topic_of_another_city_is_edited_and_withdrawn_by_asking(bram):
    meeting_id = a_meeting_of(bram, origin=AALBORG)
    with transaction():
        topic_id = a_topic(*member_of(bram, meeting_id)).id

    bram.post(f"/topics/{topic_id}/edit", title="How do we keep mentors?")
    assert "How do we keep mentors? KS Kassel You Changed On its way to Aalborg" in text_of(
        bram.get(f"/meetings/{meeting_id}")
    )

    bram.post(f"/topics/{topic_id}/withdraw")
    page = bram.get(f"/meetings/{meeting_id}")
    assert "Withdrawn On its way to Aalborg" in text_of(page)

    undo = re.search(r'action="(/topics/[^"]+/undo)"', page.text)
    assert undo is not None
    assert bram.post(undo[1]).status_code == 303
    assert bram.post(undo[1]).status_code == 409

    db.session.rollback()
    wishes = db.session.execute(select(PendingRequest.kind, PendingRequest.object_uri).order_by(PendingRequest.made_at))
    topic, meeting = only(Topic).uri, only(Meeting).uri
    assert [tuple(wish) for wish in wishes] == [
        ("edit_topic", topic),
        ("withdraw_topic", topic),
        ("propose_topic", meeting),
    ]


def test_an_answer_for_another_city_is_on_its_way_without_links(bram):
    meeting_id = a_meeting_of(bram, origin=AALBORG)

    bram.post(f"/meetings/{meeting_id}/answer", answer="confirmed")
    shown = text_of(bram.get(f"/meetings/{meeting_id}"))
    assert "Registered On its way to Aalborg" in shown
    assert "The video link appears here as soon as Aalborg knows that you come." in shown

    with transaction():
        settle(db.session.scalars(select(PendingRequest)).one(), RequestState.ACCEPTED)
        services.keep_own_answer(
            only_uri(Meeting),
            bram.person_id,
            "confirmed",
            [*LINKS, {"kind": "room", "label": "x", "url": "javascript:1"}],
        )

    page = bram.get(f"/meetings/{meeting_id}")
    assert "stadt.webex.com" in page.text
    assert "javascript:" not in page.text


def only_uri(kind):
    return db.session.scalars(select(kind.uri)).one()


def test_a_wish_for_the_backlog_of_another_city_is_undone_there(bram):
    meeting_id = a_meeting_of(bram, origin=AALBORG)
    with transaction():
        meeting, member = member_of(bram, meeting_id)
        topic = a_topic(meeting, member)
        topic.meeting, topic.state = None, TopicState.BACKLOG
        topic_id, community_id = topic.id, meeting.community_id

    bram.post(f"/topics/{topic_id}/withdraw")
    undo = re.search(r'action="(/topics/[^"]+/undo)"', bram.get(f"/communities/{community_id}/topics").text)

    assert undo is not None
    assert bram.post(undo[1]).location.startswith(f"/communities/{community_id}/topics#topic-")


def test_nobody_undoes_for_somebody_else(bram, ida):
    meeting_id = a_meeting_of(bram, ida, origin=AALBORG)
    with transaction():
        topic_id = a_topic(*member_of(bram, meeting_id)).id
    bram.post(f"/topics/{topic_id}/withdraw")
    undo = re.search(r'action="(/topics/[^"]+/undo)"', bram.get(f"/meetings/{meeting_id}").text)

    assert undo is not None
    assert ida.post(undo[1]).status_code == 404
    assert ida.post(f"/topics/{meeting_id}/undo").status_code == 404


def test_a_refused_answer_and_support_say_why_until_they_are_old(bram):
    meeting_id = a_meeting_of(bram, origin=AALBORG)
    with transaction():
        topic_id = a_topic(db.session.get_one(Meeting, meeting_id)).id
    bram.post(f"/meetings/{meeting_id}/answer", answer="declined")
    bram.post(f"/topics/{topic_id}/support", supported="1")
    assert "Declined On its way to Aalborg" in text_of(bram.get(f"/meetings/{meeting_id}"))
    with transaction():
        for wish in db.session.scalars(select(PendingRequest)):
            settle(wish, RequestState.REFUSED, "Members only.")

    assert text_of(bram.get(f"/meetings/{meeting_id}")).count("Aalborg said no: Members only.") == 2

    with transaction():
        for wish in db.session.scalars(select(PendingRequest)):
            wish.answered_at = now() - timedelta(days=15)

    assert "said no" not in text_of(bram.get(f"/meetings/{meeting_id}"))
