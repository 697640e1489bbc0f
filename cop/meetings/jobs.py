# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the worker does about meetings."""

import logging
from collections.abc import Callable
from uuid import UUID

from cop.base.db import db, transaction
from cop.meetings import services
from cop.meetings.models import Meeting, Series
from cop.meetings.queries import meetings_to_end, series_without_next

log = logging.getLogger(__name__)


def plan_next_meetings() -> int:
    """End the meetings whose time is over and plan the next of each series; return how many were planned."""
    for meeting_id in meetings_to_end():
        _alone(meeting_id, _end)
    return sum(_alone(series_id, _plan) for series_id in series_without_next())


def _alone(row_id: UUID, work: Callable[[UUID], bool]) -> bool:
    """Do one thing in a transaction of its own: each is short, and a failure stops one alone."""
    try:
        with transaction():
            return work(row_id)
    except Exception:  # one series that can't go on must not stop those of all other communities
        log.exception("not ended or planned: %s", row_id)
        return False


def _end(meeting_id: UUID) -> bool:
    services.end_past(db.session.get_one(Meeting, meeting_id))
    return True


def _plan(series_id: UUID) -> bool:
    return services.next_meeting(db.session.get_one(Series, series_id)) is not None
