# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Quarantine: what came from a city since a moment is nowhere, until administrators say what becomes of it.

What is new since then goes on the shelf, with all that hangs on it; what only changed stands as it was before, where
that is known. Both come back: the first from the shelf, the second by the words in which it was said last.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, func, select, update

from cop.base.clock import now
from cop.base.db import db, new_id
from cop.base.errors import Conflict
from cop.base.i18n import N_
from cop.sharing import shelf
from cop.sharing.models import Copies, PeerRecord, Quarantine, QuarantinedThing, ReceivedActivity, Stage, Tombstone
from cop.sharing.quarantine_work import uris_of
from cop.sharing.queries import quarantine_of
from cop.sharing.readings import read_anew
from cop.sharing.rules import Trust
from cop.sharing.services import note, require_peer
from cop.sharing.stores.intake import HELD

NOTHING = N_("Nothing of this city is in quarantine.")


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in quarantine of a city: things that are hidden, or stand as they were; messages that wait."""

    since: datetime
    holds: bool
    working: bool
    """Whether things are still being hidden, or shown again."""
    hidden: int
    restored: int
    waiting: int


def begin_quarantine(origin: str, *, since: datetime, holds: bool, by: UUID | None) -> None:
    """Begin to hide what came from a city since a moment, and what its people proposed here since then.

    Messages wait from now on; what came is hidden by `work_off`.
    With a moment more than 30 days ago everything of the city is hidden: it isn't known any more what came when.

    Args:
        origin: of the city.
        since: the moment.
        holds: whether what comes from now on waits, too; else it is taken as always.
        by: the administrator; none by command.

    Raises:
        NotFound: when we don't know the city.
        Conflict: when it is in quarantine already, or the moment lies ahead.
    """
    peer = require_peer(origin)
    if quarantine_of(origin) is not None:
        raise Conflict(N_("There is a quarantine already. Please end it first."))
    if since > now():
        raise Conflict(N_("This moment lies ahead."))
    begun = Quarantine(peer_id=peer.id, since=since, begun_at=now(), holds=holds, batch=new_id(), stage=Stage.BEGINNING)
    db.session.add(begun)
    note(Trust.QUARANTINED, origin, by=by, since=since.isoformat())


def release_quarantine(origin: str, *, by: UUID | None) -> None:
    """Begin to undo a quarantine: everything will be as it would be without it, with what arrived meanwhile.

    Raises:
        NotFound: when we don't know the city.
        Conflict: when nothing of it is in quarantine, or all of it was hidden since.
    """
    begun = _require(origin)
    if require_peer(origin).copies == Copies.HIDDEN:
        raise Conflict(N_("What came from this city was hidden when the connection ended. Please show it first."))
    begun.stage = Stage.SHOWING
    note(Trust.RELEASED, origin, by=by)


def drop_quarantine(origin: str, *, by: UUID | None) -> None:
    """Delete for good what is in quarantine and what waits, and read the city anew: it says how things stand.

    Raises:
        NotFound: when we don't know the city.
        Conflict: when nothing of it is in quarantine.
    """
    begun = _require(origin)
    shelf.throw_away(begun.batch)
    waits = update(ReceivedActivity).where(_waiting(origin)).values(due_at=None, outcome="quarantined")
    db.session.execute(waits, execution_options={"synchronize_session": False})
    db.session.execute(delete(Tombstone).where(Tombstone.uri.in_(uris_of(begun))))
    db.session.delete(begun)
    db.session.flush()  # nothing is held or refused any more
    read_anew(origin)
    note(Trust.QUARANTINE_DROPPED, origin, by=by)


def contents(origin: str) -> Contents | None:
    """Say what is in quarantine of a city; None when nothing is."""
    return all_contents().get(origin)


def all_contents() -> dict[str, Contents]:
    """Say what is in quarantine of each city, by its origin."""
    begun = db.session.execute(select(Quarantine, PeerRecord.origin).join(PeerRecord)).all()
    if not begun:
        return {}
    hidden = shelf.count_things()
    of = QuarantinedThing.quarantine_id
    stands = (QuarantinedThing.said_id.is_not(None), ~QuarantinedThing.waits)
    restored = _counted(select(of, func.count()).where(*stands).group_by(of))
    sender = ReceivedActivity.sender
    held = (ReceivedActivity.due_at.is_not(None), HELD)
    waiting = _counted(select(sender, func.count()).where(*held).group_by(sender))
    return {
        origin: Contents(
            each.since,
            each.holds,
            working=each.stage != Stage.STANDS,
            hidden=hidden.get(each.batch, 0),
            restored=restored.get(each.id, 0),
            waiting=waiting.get(origin, 0),
        )
        for each, origin in begun
    }


def _counted(asked: Select[Any, int]) -> dict[Any, int]:
    return {row[0]: row[1] for row in db.session.execute(asked)}


def _require(origin: str) -> Quarantine:
    require_peer(origin)
    begun = quarantine_of(origin)
    if begun is None:
        raise Conflict(NOTHING)
    return begun


def _waiting(origin: str) -> ColumnElement[bool]:
    return and_(ReceivedActivity.sender == origin, ReceivedActivity.due_at.is_not(None), HELD)
