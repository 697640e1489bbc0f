# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""When peers are read: hourly, and at once where something may have been missed; compared with: at night."""

from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select, update

from cop.base.clock import now
from cop.base.db import db
from cop.base.instance import this_city
from cop.sharing.models import PeerReading, PeerRecord, ReceivedActivity
from cop.sharing.queries import quarantine_of
from cop.sharing.rules import next_night
from federation.compare import Compared

#: who was read just now is not read again for every gap
QUIET = timedelta(minutes=1)


def read_soon(origin: str | None = None) -> None:
    """Let a peer, or all of them, be read at once; one that was read within the last minute waits for its turn."""
    late = or_(PeerReading.asked_at.is_(None), PeerReading.asked_at < now() - QUIET)
    wanted = select(PeerRecord.id) if origin is None else select(PeerRecord.id).where(PeerRecord.origin == origin)
    db.session.execute(
        update(PeerReading)
        .where(PeerReading.peer_id.in_(wanted), PeerReading.due_at > now(), late)
        .values(due_at=now(), failures=0)
    )


def read_anew(origin: str) -> None:
    """Let a peer be read from its snapshot on: what was refused may be taken now."""
    wanted = select(PeerRecord.id).where(PeerRecord.origin == origin)
    begin = {"epoch": None, "seq": None, "hash": None, "page": "", "due_at": now(), "failures": 0}
    db.session.execute(update(PeerReading).where(PeerReading.peer_id.in_(wanted)).values(**begin))


def compare_soon(origin: str) -> None:
    """Let our copies of a peer's things be compared with it at once."""
    wanted = select(PeerRecord.id).where(PeerRecord.origin == origin)
    soon = {"due_at": now(), "compare_at": now(), "failures": 0}
    db.session.execute(update(PeerReading).where(PeerReading.peer_id.in_(wanted)).values(**soon))


def to_compare(origin: str) -> bool:
    """Tell whether to compare with a peer that was just read.

    Not while something that it said is not handled, nor while something of it is in quarantine, which is to differ.
    """
    if quarantine_of(origin) is not None:
        return False
    due = select(PeerReading.id).join(PeerRecord).where(PeerRecord.origin == origin, PeerReading.compare_at <= now())
    waiting = select(ReceivedActivity.id).where(ReceivedActivity.sender == origin, ReceivedActivity.due_at.is_not(None))
    return db.session.scalar(due) is not None and db.session.scalar(waiting.limit(1)) is None


def remember_compared(origin: str, outcome: Compared | None) -> None:
    """Remember what a comparison came to, None when it broke off; the next one is at night."""
    facts: dict[str, Any] = {"compare_at": next_night(now(), this_city().zone)}
    if outcome is not None:
        facts |= {"compared_at": now(), "mended": outcome.mended, "differing": outcome.left}
    wanted = select(PeerRecord.id).where(PeerRecord.origin == origin)
    db.session.execute(update(PeerReading).where(PeerReading.peer_id.in_(wanted)).values(**facts))
