# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Topics at their home."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.errors import Conflict, Forbidden, Invalid
from cop.communities.models import Role
from cop.meetings import services
from cop.meetings.models import MeetingState, Topic, TopicState
from tests.builders import a_community, a_meeting, a_member, a_topic


def test_a_topic_proposed_in_time_is_not_late(app: Flask) -> None:
    with transaction():
        meeting = a_meeting()
        member = a_member(meeting.community)

        topic = services.propose_topic(meeting, member, title="  Mental Load\nbei Führungskräften ", pitch="Was hilft?")

        assert (topic.title, topic.pitch, topic.late, topic.state) == (
            "Mental Load bei Führungskräften",
            "Was hilft?",
            False,
            TopicState.PROPOSED,
        )
        assert (topic.uri, topic.rev, topic.locale) == (f"http://127.0.0.1:8101/o/{topic.id}", 1, "de")
        assert (meeting.topic_count, meeting.rev) == (1, 2)


def test_a_topic_after_the_deadline_is_accepted_and_marked(app: Flask) -> None:
    with transaction():
        meeting = a_meeting(starts_in=timedelta(days=3))

        topic = services.propose_topic(meeting, a_member(meeting.community), title="Onboarding für Quereinsteigende")

        assert topic.late


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (MeetingState.ENDED, "This meeting is over."),
        (MeetingState.PUBLISHED, "This meeting is over."),
        (MeetingState.CANCELLED, "This meeting was cancelled."),
    ],
)
def test_a_meeting_that_is_over_takes_no_topics(app: Flask, state: MeetingState, sentence: str) -> None:
    with transaction():
        meeting = a_meeting(state=state)
        member = a_member(meeting.community)

        with pytest.raises(Conflict, match=sentence):
            services.propose_topic(meeting, member, title="Onboarding für Quereinsteigende")


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"title": " \n\u202e "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "Coaching", "pitch": "x" * 2001}, "pitch"),
    ],
)
def test_words_that_are_empty_or_too_long_are_refused(app: Flask, words: dict, field: str) -> None:
    with transaction():
        meeting = a_meeting()
        member = a_member(meeting.community)

        with pytest.raises(Invalid) as caught:
            services.propose_topic(meeting, member, **words)

        assert list(caught.value.fields) == [field]


def test_a_member_of_another_community_can_do_nothing(app: Flask) -> None:
    with transaction():
        meeting = a_meeting()
        stranger = a_member(a_community("Ledernetværk"), "Mads")
        topic = a_topic(meeting, a_member(meeting.community))
        wishes = (
            lambda: services.propose_topic(meeting, stranger, title="Onboarding für Quereinsteigende"),
            lambda: services.edit_topic(topic, stranger, title="Onboarding"),
            lambda: services.withdraw_topic(topic, stranger),
            lambda: services.support(topic, stranger),
            lambda: services.answer(meeting, stranger, "confirmed"),
            lambda: services.propose_for_later(meeting.community, stranger, title="Onboarding"),
        )

        for wish in wishes:
            with pytest.raises(Forbidden):
                wish()


def test_only_the_proposer_edits_and_withdraws(app: Flask) -> None:
    with transaction():
        meeting = a_meeting()
        topic = a_topic(meeting, a_member(meeting.community))
        coordinator = a_member(meeting.community, "Ida", role=Role.COORDINATOR)

        with pytest.raises(Forbidden):
            services.edit_topic(topic, coordinator, title="Etwas anderes")
        with pytest.raises(Forbidden):
            services.withdraw_topic(topic, coordinator)


def test_an_edit_is_a_new_revision(app: Flask) -> None:
    with transaction():
        meeting = a_meeting()
        member = a_member(meeting.community)
        topic = a_topic(meeting, member)

        services.edit_topic(topic, member, title="Wie finden wir Mentor:innen?", pitch="Zeile eins\r\nZeile zwei")

        assert (topic.title, topic.pitch, topic.rev) == (
            "Wie finden wir Mentor:innen?",
            "Zeile eins\nZeile zwei",
            2,
        )


def test_withdrawing_twice_is_withdrawing_once(app: Flask) -> None:
    with transaction():
        meeting = a_meeting()
        member = a_member(meeting.community)
        topic = a_topic(meeting, member)

        services.withdraw_topic(topic, member)
        services.withdraw_topic(topic, member)

        assert (topic.state, topic.rev, meeting.topic_count) == (TopicState.WITHDRAWN, 2, 0)
        with pytest.raises(Conflict):
            services.support(topic, member)


def test_undo_proposes_the_same_again_under_a_new_id_with_its_support(app: Flask) -> None:
    with transaction():
        meeting = a_meeting()
        member = a_member(meeting.community)
        topic = a_topic(meeting, member)
        services.support(topic, a_member(meeting.community, "Ida"))
        services.withdraw_topic(topic, member)

        again = services.undo_withdrawal(topic, member)

        assert isinstance(again, Topic)
        assert (again.title, again.state, again.support_count) == (topic.title, TopicState.PROPOSED, 1)
        assert again.uri != topic.uri
        assert meeting.topic_count == 1
        with pytest.raises(Conflict):
            services.undo_withdrawal(topic, member)


def test_undo_is_over_after_ten_minutes(app: Flask) -> None:
    with transaction():
        meeting = a_meeting()
        member = a_member(meeting.community)
        topic = a_topic(meeting, member)
        services.withdraw_topic(topic, member)

        with time_machine.travel(now() + timedelta(minutes=10)), pytest.raises(Conflict):
            services.undo_withdrawal(topic, member)


def test_a_topic_kept_for_later_can_be_taken_up_again(app: Flask) -> None:
    with transaction():
        meeting = a_meeting()
        coordinator = a_member(meeting.community, "Ida", role=Role.COORDINATOR)
        topic = a_topic(meeting, a_member(meeting.community), late=True)

        services.move_to_backlog(topic, coordinator)

        assert (topic.meeting, topic.state, topic.late, meeting.topic_count) == (
            None,
            TopicState.CARRIED_OVER,
            False,
            0,
        )

        services.take_up(topic, meeting, coordinator)

        assert (topic.meeting, topic.state, meeting.topic_count) == (meeting, TopicState.PROPOSED, 1)


def test_the_backlog_takes_topics_without_a_meeting(app: Flask) -> None:
    with transaction():
        community = a_community()

        services.propose_for_later(community, a_member(community), title="Lernplattformen")

        assert [(topic.title, topic.state) for topic in db.session.scalars(select(Topic))] == [
            ("Lernplattformen", TopicState.BACKLOG)
        ]
