# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Taking part: who comes and who doesn't, and the links for those who do."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from cop.base.clock import now
from cop.base.db import changed, db, lock
from cop.base.events import publish
from cop.base.instance import is_ours
from cop.base.pending import PendingRequest, ask_home
from cop.communities.rules import Membership
from cop.communities.services import member_uri
from cop.meetings.events import AnswerGiven, MeetingChanged
from cop.meetings.models import Answer, Meeting, Registration
from cop.meetings.services.guards import must_be_ahead, must_be_home, must_be_of
from cop.meetings.video import links_of


def answer(meeting: Meeting, member: Membership, answer: Answer) -> Registration:
    """Say whether one comes; the last answer counts.

    Raises:
        Conflict: when the meeting is over or was cancelled.
    """
    must_be_home(meeting.origin)
    must_be_of(meeting.community_id, member)
    lock(meeting)
    must_be_ahead(meeting)
    registration = registration_of(meeting.id, member.person_id)
    if registration is not None and registration.answer == answer:
        return registration
    registration = keep_answer(registration, meeting.id, member.person_id, answer)
    publish(AnswerGiven(registration.id))
    confirmed = count_confirmed(meeting.id)
    if confirmed != meeting.confirmed_count:
        meeting.confirmed_count = confirmed
        changed(meeting)
        db.session.flush()  # subscribers read it
        publish(MeetingChanged(meeting.id))
    return registration


def wish_answer(meeting: Meeting, member: Membership, wanted: Answer) -> Registration | PendingRequest:
    """Say whether one comes, wherever the meeting's home is.

    Raises:
        Conflict: when the meeting is over or was cancelled.
    """
    if is_ours(meeting.origin):
        return answer(meeting, member, wanted)
    must_be_of(meeting.community_id, member)
    must_be_ahead(meeting)
    return ask_home(
        meeting.origin,
        "answer_meeting",
        person_id=member.person_id,
        object_uri=meeting.uri,
        answer=wanted.value,
        member_uri=member_uri(member.community_id, member.person_id),
    )


def links_for(meeting: Meeting) -> list[dict[str, Any]]:
    """Return the links of a meeting of ours, for the answer to somebody who confirmed; for nobody else."""
    must_be_home(meeting.origin)
    return links_of(meeting)


def registration_of(meeting_id: UUID, person_id: UUID) -> Registration | None:
    """Return what somebody answered."""
    return db.session.scalars(
        select(Registration).where(Registration.meeting_id == meeting_id, Registration.person_id == person_id)
    ).one_or_none()


def keep_answer(registration: Registration | None, meeting_id: UUID, person_id: UUID, given: Answer) -> Registration:
    """Write an answer, new or changed."""
    if registration is None:
        registration = Registration(meeting_id=meeting_id, person_id=person_id)
        db.session.add(registration)
    registration.answer, registration.answered_at = given, now()
    db.session.flush()  # the count reads it
    return registration


def count_confirmed(meeting_id: UUID) -> int:
    """Count who comes."""
    return db.session.scalars(
        select(func.count()).where(Registration.meeting_id == meeting_id, Registration.answer == Answer.CONFIRMED)
    ).one()


def confirmed_people(meeting_id: UUID) -> set[UUID]:
    """Return who said that they come."""
    return set(
        db.session.scalars(
            select(Registration.person_id).where(
                Registration.meeting_id == meeting_id, Registration.answer == Answer.CONFIRMED
            )
        )
    )
