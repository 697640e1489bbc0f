# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Dead letters: what a city refused for good waits for an administrator, who sends it again or drops it.

Sent again, per object the order is kept: what a later one has overtaken stays where it is.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Select, case, exists, func, select, update
from sqlalchemy.orm import aliased

from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.errors import Conflict, NotFound
from cop.base.i18n import N_
from cop.sharing.models import DeliveryRecord, DeliveryState, LogEntry, PeerRecord
from cop.sharing.rules import Trust, matter_of
from cop.sharing.services import note
from federation.ports import PeerState

#: so many are listed, and sent again in one transaction
MOST = 100
#: what was dropped can be taken back so long
DROPPED_KEPT = timedelta(days=30)
OVERTAKEN = "overtaken"
#: what is counted, and as what
COUNTED = {
    DeliveryState.DUE: "waiting",
    DeliveryState.DEAD: "refused",
    DeliveryState.DROPPED: "dropped",
    DeliveryState.FEED: "in_feed",
}

_object = LogEntry.activity["object"]


@dataclass(frozen=True, slots=True)
class Letter:
    """A delivery as administrators see it: what it says, to nobody but them."""

    id: UUID
    seq: int
    type: str
    object_type: str
    object_uri: str
    title: str
    error: str | None
    at: datetime
    overtaken: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """How many deliveries to a city are in which state."""

    waiting: int = 0
    refused: int = 0
    dropped: int = 0
    #: it waits in the feed: the city was silent for too long
    in_feed: int = 0
    #: when the oldest that waits was said
    waiting_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """How many were dropped, and by what to take just these back."""

    number: int
    at: datetime


def counts() -> dict[UUID, Counts]:
    """Count what waits, was refused or dropped, for each city by its id."""
    found: dict[UUID, dict[str, Any]] = defaultdict(dict)
    oldest: dict[UUID, int] = {}
    for row in db.session.execute(_counted()):
        found[row.peer_id][COUNTED[row.state]] = row.number
        if row.state == DeliveryState.DUE:
            oldest[row.peer_id] = row.oldest
    said = db.session.execute(select(LogEntry.seq, LogEntry.written_at).where(LogEntry.seq.in_(oldest.values())))
    written = {row.seq: row.written_at for row in said}
    return {
        peer_id: Counts(**numbers, waiting_since=written.get(oldest.get(peer_id, 0)))
        for peer_id, numbers in found.items()
    }


def _counted() -> Select[Any, Any, Any, Any]:
    wanted = DeliveryRecord.state.in_(COUNTED)
    number, oldest = func.count().label("number"), func.min(DeliveryRecord.seq).label("oldest")
    columns = (DeliveryRecord.peer_id, DeliveryRecord.state, number, oldest)
    return select(*columns).where(wanted).group_by(DeliveryRecord.peer_id, DeliveryRecord.state)


def letters(peer: PeerRecord, state: DeliveryState, *, limit: int = MOST, after: int = 0) -> list[Letter]:
    """List what a city refused, or what was dropped, oldest first."""
    rows = db.session.execute(_listed(peer, state).where(DeliveryRecord.seq > after).limit(limit)).all()
    overtaken = _overtaken({row.id: _matter(row) for row in rows})
    return [_letter(row, overtaken=row.id in overtaken) for row in rows]


def replay(peer: PeerRecord, *, letter: UUID, by: UUID | None) -> None:
    """Let what was refused go out again.

    Raises:
        NotFound: when there is no such letter any more.
        Conflict: when the city is no partner, or a later one about the same has arrived.
    """
    _require_partner(peer)
    row = db.session.execute(_listed(peer, DeliveryState.DEAD).where(DeliveryRecord.id == letter)).one_or_none()
    if row is None:
        raise _gone()
    if _overtaken({row.id: _matter(row)}):
        raise Conflict(N_("A later one about the same has arrived. This one would turn it back, so it is not sent."))
    _send_again([row.id])
    note(Trust.REPLAYED, peer.origin, by=by, number=1)


def replay_all(peer_id: UUID, *, by: UUID | None) -> int:
    """Let all that was refused and not overtaken go out again, in transactions of its own; return how many.

    Raises:
        Conflict: when the city is no partner.
    """
    number, after, more = 0, 0, True
    while more:
        with transaction():
            peer = db.session.get_one(PeerRecord, peer_id)
            _require_partner(peer)
            some = letters(peer, DeliveryState.DEAD, after=after)
            ready = [letter.id for letter in some if not letter.overtaken]
            _send_again(ready)
            number, more = number + len(ready), bool(some)
            after = some[-1].seq if some else after
            if number and not more:
                note(Trust.REPLAYED, peer.origin, by=by, number=number)
    return number


def drop(
    peer: PeerRecord, *, letter: UUID | None = None, state: DeliveryState = DeliveryState.DEAD, by: UUID | None
) -> Dropped:
    """Let what was refused, or what waits, not go out any more; it can be taken back until it is tidied away.

    Raises:
        NotFound: when there is no such letter any more.
    """
    moment = now()
    changes = {"state": DeliveryState.DROPPED, "dropped_at": moment}
    number = _change(_of(peer, state, letter), changes)
    if letter is not None and not number:
        raise _gone()
    if number:
        note(Trust.DROPPED, peer.origin, by=by, number=number)
    return Dropped(number, moment)


def take_back(peer: PeerRecord, *, letter: UUID | None = None, at: datetime | None = None, by: UUID | None) -> int:
    """Undo drops: one, those of one moment, or all; return how many.

    What waited waits again, unless a later one about the same went out meanwhile: then it is listed.

    Raises:
        NotFound: when it was tidied away or taken back already.
        Conflict: when the city is no partner any more.
    """
    _require_partner(peer)
    wanted = [*_of(peer, DeliveryState.DROPPED, letter), *([DeliveryRecord.dropped_at == at] if at else [])]
    listed = DeliveryRecord.refused_at.is_not(None)
    late = ~listed & _followed()
    changes = {
        "state": case((listed | late, DeliveryState.DEAD), else_=DeliveryState.DUE),
        "last_error": case((late, OVERTAKEN), else_=DeliveryRecord.last_error),
        "refused_at": case((late, now()), else_=DeliveryRecord.refused_at),
        "dropped_at": None,
    }
    number = _change(wanted, changes)
    if letter is not None and not number:
        raise _gone()
    if number:
        note(Trust.TAKEN_BACK, peer.origin, by=by, number=number)
    return number


def _of(peer: PeerRecord, state: DeliveryState, letter: UUID | None) -> list[ColumnElement[bool]]:
    conditions = [DeliveryRecord.peer_id == peer.id, DeliveryRecord.state == state]
    return conditions if letter is None else [*conditions, DeliveryRecord.id == letter]


def _change(wanted: Sequence[ColumnElement[bool]], changes: dict[str, Any]) -> int:
    done = db.session.execute(
        update(DeliveryRecord).where(*wanted).values(**changes), execution_options={"synchronize_session": False}
    )
    return done.rowcount if isinstance(done, CursorResult) else 0


def _gone() -> NotFound:
    return NotFound(N_("This was decided meanwhile."))


def _require_partner(peer: PeerRecord) -> None:
    if peer.state != PeerState.ACTIVE:
        raise Conflict(N_("This city is not a partner city at present."))


def _send_again(ids: Sequence[UUID]) -> None:
    changes = {"state": DeliveryState.DUE, "due_at": now(), "attempts": 0, "last_error": None}
    db.session.execute(update(DeliveryRecord).where(DeliveryRecord.id.in_(ids)).values(**changes))


def _listed(peer: PeerRecord, state: DeliveryState) -> Select[Any]:
    return (
        select(
            DeliveryRecord.id,
            DeliveryRecord.seq,
            DeliveryRecord.object_uri,
            DeliveryRecord.last_error,
            DeliveryRecord.refused_at,
            DeliveryRecord.dropped_at,
            DeliveryRecord.due_at,
            LogEntry.type,
            _object["type"].as_string().label("object_type"),
            _object["formerType"].as_string().label("former_type"),
            _object["name"].as_string().label("title"),
            _object["cop:audience"].as_string().label("audience"),
        )
        .join(LogEntry, LogEntry.id == DeliveryRecord.entry_id)
        .where(DeliveryRecord.peer_id == peer.id, DeliveryRecord.state == state)
        .order_by(DeliveryRecord.seq)
    )


def _letter(row: Any, *, overtaken: bool) -> Letter:
    return Letter(
        id=row.id,
        seq=row.seq,
        type=row.type,
        object_type=row.former_type or row.object_type or "",
        object_uri=row.object_uri,
        # what is for a community alone is none of an administrator's business
        title=row.title if row.audience in {"peers", "public"} else "",
        error=row.last_error,
        at=row.dropped_at or row.refused_at or row.due_at,
        overtaken=overtaken,
    )


def _matter(row: Any) -> str | None:
    return matter_of(row.type, row.object_type)


def _overtaken(matters: dict[UUID, str | None]) -> Collection[UUID]:
    """Tell which have a later one of the same actor, object and matter that arrived."""
    later, said = aliased(DeliveryRecord), aliased(LogEntry)
    found = db.session.execute(
        select(DeliveryRecord.id, said.type, said.activity["object"]["type"].as_string())
        .select_from(DeliveryRecord)
        .join(LogEntry, LogEntry.id == DeliveryRecord.entry_id)
        .join(later, _follows(later))
        .join(said, said.id == later.entry_id)
        .where(
            DeliveryRecord.id.in_(matters), said.activity["actor"].as_string() == LogEntry.activity["actor"].as_string()
        )
        .distinct()
    )
    return {id_ for id_, type_, kind in found if matters[id_] is not None and matters[id_] == matter_of(type_, kind)}


def _followed() -> ColumnElement[bool]:
    later = aliased(DeliveryRecord)
    return exists().where(_follows(later))


def _follows(later: Any) -> ColumnElement[bool]:
    """Return the condition that a delivery about the same object came later and has arrived."""
    condition: ColumnElement[bool] = (
        (later.peer_id == DeliveryRecord.peer_id)
        & (later.object_uri == DeliveryRecord.object_uri)
        & (later.seq > DeliveryRecord.seq)
        & (later.state == DeliveryState.DONE)
    )
    return condition
