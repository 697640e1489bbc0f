# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""When the log begins anew: an old backup was restored, and what was said since is known to others only."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import make_url, select, update

from cop.base.clock import now
from cop.base.db import db, is_sqlite, new_id, transaction
from cop.base.instance import this_city
from cop.sharing.models import LogCounter, LogEpoch, PeerReading
from cop.sharing.own_log import hash_at, locked_counter
from cop.sharing.queries import MODELS
from federation.feed import Cursor

#: an operator restored a copy; the database is older than the file beside it; a peer knows more than the database
RESTORED, OLDER, BEHIND = "restored", "older", "behind"
#: numbers that were given after the copy was made, and that nobody told us of
LEAP = 1000
#: a peer may not take us further
MOST = 1_000_000
#: more revisions than a thing gets between a copy and its coming back
REVISIONS = 100_000
#: so seldom do we begin anew because a peer says so
QUIET = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the log was, in a file beside the database."""

    epoch: UUID
    seq: int
    hash: bytes


def begin_anew(reason: str, *, above: int = 0) -> LogEpoch:
    """Open a new epoch in the caller's transaction: no number is given twice, and all of ours is newer than any copy.

    Every peer sees the other epoch and reads our snapshot; and we read again what peers said since the copy was made.

    Args:
        reason: why.
        above: the highest number that anybody saw.
    """
    counter = locked_counter()
    after = max(counter.last, min(above, counter.last + MOST)) + LEAP
    epoch = LogEpoch(id=new_id(), after=after, previous=counter.hash, reason=reason, opened_at=now())
    db.session.add(epoch)
    db.session.flush()  # the counter's foreign key needs the row
    counter.epoch_id, counter.last = epoch.id, after
    for model in MODELS:
        ours = update(model).where(model.origin == this_city().origin).values(rev=model.rev + REVISIONS)
        db.session.execute(ours, execution_options={"synchronize_session": False})
    db.session.execute(update(PeerReading).values(due_at=now(), failures=0))
    db.session.flush()
    db.session.expire_all()
    return epoch


def doubt(cursor: Cursor) -> None:
    """Begin anew when a peer was told what we don't know of, in a transaction of our own; once a day at most.

    A peer may say so wrongly: then all peers read a snapshot for nothing, and a finding of the doctor's tells of it.
    """
    with transaction():
        since = select(LogEpoch.id).where(LogEpoch.reason == BEHIND, LogEpoch.opened_at > now() - QUIET)
        if db.session.scalar(since) is None:
            begin_anew(BEHIND, above=cursor.seq)


def last_doubt() -> LogEpoch | None:
    """Return the present epoch, if it began because the database was found to be older than what was said."""
    epoch = db.session.scalar(select(LogEpoch).join(LogCounter, LogCounter.epoch_id == LogEpoch.id))
    return epoch if epoch is not None and epoch.reason in {OLDER, BEHIND} else None


def write_mark(database: str) -> None:
    """Write down beside an SQLite database how far its log is."""
    counter = db.session.scalar(select(LogCounter))
    if counter is None or not is_sqlite(database):
        return
    path = _beside(database)
    facts = {"epoch": str(counter.epoch_id), "seq": counter.last, "hash": counter.hash.hex()}
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(facts), encoding="utf-8")
    fresh.replace(path)


def look_back(database: str) -> None:
    """Begin anew when an SQLite database is not the one that the file beside it tells of."""
    mark = _read_mark(database)
    if mark is not None:
        epoch = db.session.get(LogEpoch, mark.epoch)
        if epoch is None or hash_at(mark.seq, epoch) != mark.hash:
            with transaction():
                begin_anew(OLDER, above=mark.seq)
    write_mark(database)


def put_back(database: str) -> LogEpoch:
    """Begin anew because an operator put a copy back, above what the file beside the database tells of."""
    mark = _read_mark(database)
    with transaction():
        epoch = begin_anew(RESTORED, above=mark.seq if mark is not None else 0)
    write_mark(database)
    return epoch


def _read_mark(database: str) -> Mark | None:
    if not is_sqlite(database) or not _beside(database).exists():
        return None
    try:
        facts = json.loads(_beside(database).read_text(encoding="utf-8"))
        return Mark(UUID(facts["epoch"]), int(facts["seq"]), bytes.fromhex(facts["hash"]))
    except (ValueError, LookupError, TypeError):
        return None


def _beside(database: str) -> Path:
    return Path(f"{make_url(database).database}.mark")
