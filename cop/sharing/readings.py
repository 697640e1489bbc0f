# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""When peers are read: hourly, and at once where something may have been missed."""

from datetime import timedelta

from sqlalchemy import or_, select, update

from cop.base.clock import now
from cop.base.db import db
from cop.sharing.models import PeerReading, PeerRecord

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
