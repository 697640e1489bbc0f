# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What visitors from partner cities see of meetings: what their city may have, under the names it may have."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from cop.accounts.visitor import current_visitor
from cop.base.audience import Audience
from cop.base.db import db
from cop.base.i18n import translated
from cop.base.instance import is_ours
from cop.communities.services import names_for_others
from cop.communities.services.people import A_MEMBER
from cop.meetings.models import Meeting, Topic
from cop.meetings.queries import TopicRow


def of_meeting(meeting_id: UUID) -> UUID | None:
    """Return the community a meeting is of; None for what stays in this city."""
    return db.session.scalar(
        select(Meeting.community_id).where(Meeting.id == meeting_id, Meeting.audience != Audience.CITY)
    )


def of_topic(topic_id: UUID) -> UUID | None:
    """Return the community a topic is of; None where its meeting stays in this city."""
    found = db.session.execute(
        select(Topic.community_id, Meeting.audience)
        .outerjoin(Meeting, Meeting.id == Topic.meeting_id)
        .where(Topic.id == topic_id)
    ).one_or_none()
    return found.community_id if found is not None and found.audience != Audience.CITY else None


def of_withdrawn(withdrawn_id: UUID) -> UUID | None:
    """Return the community a withdrawn topic is of."""
    return of_topic(withdrawn_id)


def as_read(rows: Sequence[TopicRow], community_id: UUID) -> list[TopicRow]:
    """Return topics as the reader may see them: a visitor reads roles where people show no name to other cities."""
    if current_visitor() is None:
        return list(rows)
    names = names_for_others(community_id)
    return [_named(row, names) for row in rows if not row.for_city_only]


def _named(row: TopicRow, names: Mapping[UUID, str]) -> TopicRow:
    if row.by_id is None or not is_ours(row.origin):
        return row
    return replace(row, by=translated(names.get(row.by_id, A_MEMBER)))
