# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Support and taking part, also when many do it at once."""

from flask import Flask
from sqlalchemy import func, select

from cop.base.db import db, transaction
from cop.communities.rules import Membership
from cop.meetings import services
from cop.meetings.models import Answer, Meeting, Registration, Support, Topic
from tests.builders import a_meeting, a_member, a_topic
from tests.together import together

PEOPLE = 8


def test_supporting_twice_counts_once(app: Flask) -> None:
    with transaction():
        meeting = a_meeting()
        member = a_member(meeting.community)
        topic = a_topic(meeting, a_member(meeting.community, "Ida"))

        services.support(topic, member)
        services.support(topic, member)

        assert (topic.support_count, topic.rev) == (1, 2)

        services.unsupport(topic, member)
        services.unsupport(topic, member)

        assert (topic.support_count, topic.rev) == (0, 3)


def test_the_last_answer_counts(app: Flask) -> None:
    with transaction():
        meeting = a_meeting()
        member = a_member(meeting.community)

        services.answer(meeting, member, Answer.CONFIRMED)
        assert (meeting.confirmed_count, meeting.rev) == (1, 2)

        services.answer(meeting, member, Answer.CONFIRMED)
        assert (meeting.confirmed_count, meeting.rev) == (1, 2)

        services.answer(meeting, member, Answer.DECLINED)
        assert (meeting.confirmed_count, meeting.rev) == (0, 3)


def test_a_person_who_declines_first_is_not_counted(app: Flask) -> None:
    with transaction():
        meeting = a_meeting()

        services.answer(meeting, a_member(meeting.community), Answer.DECLINED)

        assert (meeting.confirmed_count, meeting.rev) == (0, 1)


def test_support_of_many_at_once_is_counted_exactly(app: Flask) -> None:
    with transaction():
        meeting = a_meeting()
        topic_id = a_topic(meeting, a_member(meeting.community)).id
        members = [a_member(meeting.community, f"Member {number}") for number in range(PEOPLE)]

    def support(member: Membership) -> None:
        services.support(db.session.get_one(Topic, topic_id), member)

    def take_back(member: Membership) -> None:
        services.unsupport(db.session.get_one(Topic, topic_id), member)

    together(app, support, [*members, *members])
    together(app, take_back, members[:3])

    with transaction():
        topic = db.session.get_one(Topic, topic_id)
        rows = db.session.scalars(select(func.count()).where(Support.topic_id == topic_id)).one()
        # revision 1, one for each that changed something
        assert (topic.support_count, rows, topic.rev) == (PEOPLE - 3, PEOPLE - 3, 1 + PEOPLE + 3)


def test_answers_and_topics_of_many_at_once_are_counted_exactly(app: Flask) -> None:
    with transaction():
        meeting = a_meeting()
        meeting_id = meeting.id
        members = [a_member(meeting.community, f"Member {number}") for number in range(PEOPLE)]

    def come_and_propose(member: Membership) -> None:
        meeting = db.session.get_one(Meeting, meeting_id)
        services.answer(meeting, member, Answer.CONFIRMED)
        services.propose_topic(meeting, member, title="Wie gewinnen wir Mentor:innen?")

    together(app, come_and_propose, members)

    with transaction():
        meeting = db.session.get_one(Meeting, meeting_id)
        rows = db.session.scalars(select(func.count()).select_from(Registration)).one()
        assert (meeting.confirmed_count, rows, meeting.topic_count) == (PEOPLE, PEOPLE, PEOPLE)
