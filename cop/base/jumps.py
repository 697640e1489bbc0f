# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Jumps of the clock: what would be deleted for its age waits then, until somebody could look."""

import logging
import time
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Mapped

from cop.base.clock import now
from cop.base.db import Model, db, transaction
from cop.base.i18n import N_, moment, translated

#: a clock that is kept in time is moved by less
TOLERANCE = timedelta(minutes=1)
WAIT = timedelta(days=1)
SENTENCE = N_(
    "The clock of this machine jumped (%(when)s). Until %(until)s nothing is deleted because of its age. "
    "Please have its time checked."
)
log = logging.getLogger(__name__)


class ClockJump(Model):
    """The last jump of the clock, if there was one."""

    __tablename__ = "clock_jump"

    #: by the clock as it was after it
    at: Mapped[datetime]
    #: how far; negative when it was set back
    seconds: Mapped[int]


class Watch:
    """Compares the clock with the time that went by, which nobody sets."""

    def __init__(self) -> None:
        self._ahead = _ahead()

    def look(self) -> None:
        """Write it down when the clock jumped since the last look."""
        by = _ahead() - self._ahead
        if abs(by) < TOLERANCE:
            return
        self._ahead += by
        log.warning("the clock jumped by %s: nothing is deleted for its age for %s", by, WAIT)
        with transaction():
            db.session.execute(delete(ClockJump))
            db.session.add(ClockJump(at=now(), seconds=int(by.total_seconds())))


def may_delete() -> bool:
    """Tell whether the clock can be trusted with what is deleted for its age."""
    return _last() is None


def warning() -> str:
    """Say that the clock jumped and what waits, in the reader's language; empty when it did not."""
    jump = _last()
    return "" if jump is None else translated(SENTENCE, {"when": moment(jump.at), "until": moment(jump.at + WAIT)})


def _last() -> ClockJump | None:
    """Return the last jump, if it was within a day; one that lies ahead was taken back since."""
    jump = db.session.scalar(select(ClockJump))
    return jump if jump is not None and abs(now() - jump.at) < WAIT else None


def _ahead() -> timedelta:
    """Return by how much the clock is ahead of the time since this machine started, its sleep included."""
    return timedelta(seconds=now().timestamp() - time.clock_gettime(time.CLOCK_BOOTTIME))
