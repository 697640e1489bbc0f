# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What people of another city proposed here since a moment: topics of ours that go into quarantine with their city."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from cop.accounts.models import Person
from cop.base.db import db, lock
from cop.base.instance import this_city
from cop.meetings.models import Meeting, Topic
from cop.meetings.services import recount_topics
from cop.sharing.outgoing.things import tell, tell_hidden


def take_from_others(origin: str, since: datetime, *, limit: int) -> Sequence[Topic]:
    """Let the other cities forget some of what a city's people proposed here since a moment; return what that is."""
    found = _proposed(origin, since, limit=limit)
    for topic in found:
        tell_hidden(topic)
    return found


def give_again(origin: str, since: datetime) -> None:
    """Tell the other cities again what a city's people proposed here since a moment."""
    found = _proposed(origin, since)
    for topic in found:
        tell(topic)
    recount({topic.meeting_id for topic in found if topic.meeting_id is not None})


def recount(meetings: set[UUID]) -> None:
    """Count the topics of meetings anew."""
    for meeting in db.session.scalars(select(Meeting).where(Meeting.id.in_(meetings)).order_by(Meeting.id)):
        lock(meeting)
        recount_topics(meeting)


def _proposed(origin: str, since: datetime, *, limit: int | None = None) -> Sequence[Topic]:
    theirs = select(Person.id).where(Person.origin == origin)
    ours = (Topic.origin == this_city().origin, Topic.proposed_by_id.in_(theirs), Topic.proposed_at >= since)
    return db.session.scalars(select(Topic).where(*ours).order_by(Topic.id).limit(limit)).all()
