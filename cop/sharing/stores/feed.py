# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What this city lets a peer read: the changes in its log, and a snapshot of what it may see."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, select, update

from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.instance import this_city
from cop.communities.models import Community
from cop.knowledge.models import Article
from cop.meetings.models import Meeting, Topic
from cop.rotation.models import Assignment
from cop.sharing.documents import city_document, document_of, tombstone
from cop.sharing.epochs import doubt
from cop.sharing.models import (
    DeliveryRecord,
    DeliveryState,
    LogCounter,
    LogEntry,
    LogEpoch,
    PeerReceipt,
    PeerRecord,
    Quarantine,
    QuarantinedThing,
    Tombstone,
)
from cop.sharing.own_log import hash_at, locked_counter
from cop.sharing.queries import Thing
from cop.sharing.shown import remember_shown
from cop.sharing.visible import Reader
from federation import strict_json
from federation.activities import JSON
from federation.chain import START, Link
from federation.feed import ROOM, Cursor, Snapshot, Stretch, outdated
from federation.ports import Level, Peer
from federation.rules import may_hear

#: so many rows are in memory at once: an article may be long
ROWS = 50
#: so many objects stand on a page of the snapshot
PAGE = 100
#: what refers to something stands behind it; communities oldest first, since one may be part of an older one
THINGS: Sequence[type[Thing]] = (Community, Meeting, Article, Assignment, Topic)
#: what was deleted for ever comes last
GRAVES = len(THINGS)
TOKEN = re.compile(r"(?P<epoch>[0-9a-f]{32})\.(?P<seq>[0-9]{1,15})\.(?P<kind>[0-9])\.(?P<after>[0-9a-f]{32})?")


class SqlFeed:
    """See `federation.feed.Feed`."""

    def changes(self, peer: Peer, *, cursor: Cursor | None, limit: int) -> Stretch:
        """Return what comes after a cursor; what this peer may not see is its commitment alone."""
        counter, epoch = _end()
        if cursor is None:
            if epoch.after:
                raise outdated("the log began anew", here=this_city().origin)
        else:
            _check(cursor, epoch)
            _remember_receipt(peer, cursor, counter)
        since, previous = (cursor.seq, cursor.hash) if cursor is not None else (0, START)
        links = _links(peer, since, min(since + limit, counter.last))
        return Stretch(str(counter.epoch_id), previous, links, counter.last, counter.hash)

    def snapshot(self, peer: Peer, *, page: str) -> Snapshot:
        """Return a page of what this peer may see now, and its cursor at the end."""
        counter, epoch = _end()
        place = _Place.read(page) if page else _Place(counter.epoch_id, counter.last)
        if place.epoch_id != counter.epoch_id:
            raise outdated("the log began anew", here=this_city().origin)
        documents, following = _documents(peer, place)
        if following is not None:
            return Snapshot(str(place.epoch_id), documents, next=following.token())
        at = hash_at(place.seq, epoch) or b""
        return Snapshot(str(place.epoch_id), documents, cursor=Cursor(str(place.epoch_id), place.seq, at))


@dataclass(frozen=True, slots=True)
class _End:
    """Where the log ends."""

    epoch_id: UUID
    last: int
    hash: bytes


def _end() -> tuple[_End, LogEpoch]:
    counter = db.session.scalar(select(LogCounter))
    if counter is None:
        with transaction():
            locked_counter()
        counter = db.session.scalars(select(LogCounter)).one()
    epoch = db.session.get_one(LogEpoch, counter.epoch_id)
    return _End(counter.epoch_id, counter.last, counter.hash), epoch


def _check(cursor: Cursor, epoch: LogEpoch) -> None:
    """Make sure that the cursor is a place in the log as it is; one that never was tells that we forgot something."""
    if cursor.epoch == str(epoch.id) and hash_at(cursor.seq, epoch) == cursor.hash:
        return
    if cursor.epoch == str(epoch.id) or cursor.epoch not in set(map(str, db.session.scalars(select(LogEpoch.id)))):
        doubt(cursor)
    raise outdated("no place in the log as it is", here=this_city().origin)


def _remember_receipt(peer: Peer, cursor: Cursor, counter: _End) -> None:
    """Keep how far the peer read: it has all up to there, so nothing of that needs to be sent."""
    peer_id = db.session.scalars(select(PeerRecord.id).where(PeerRecord.origin == peer.origin)).one()
    kept = db.session.scalar(select(PeerReceipt).where(PeerReceipt.peer_id == peer_id))
    if kept is not None and (kept.epoch_id, kept.seq) == (counter.epoch_id, cursor.seq):
        return
    with transaction():
        kept = db.session.scalar(select(PeerReceipt).where(PeerReceipt.peer_id == peer_id))
        if kept is None:
            kept = PeerReceipt(peer_id=peer_id)
            db.session.add(kept)
        kept.epoch_id, kept.seq, kept.at = counter.epoch_id, cursor.seq, now()
        waiting = (
            DeliveryRecord.peer_id == peer_id,
            DeliveryRecord.state.in_([DeliveryState.DUE, DeliveryState.FEED]),
        )
        db.session.execute(
            update(DeliveryRecord)
            .where(*waiting, DeliveryRecord.seq <= cursor.seq)
            .values(state=DeliveryState.DONE, done_at=now()),
            execution_options={"synchronize_session": False},
        )


def _links(peer: Peer, after: int, last: int) -> Iterator[Link]:
    held_back = _held_back(peer, after, last)
    columns = (
        LogEntry.seq,
        LogEntry.commitment,
        LogEntry.salt,
        LogEntry.activity,
        LogEntry.audience,
        LogEntry.object_uri,
        LogEntry.written_at,
    )
    hidden = select(QuarantinedThing.uri, Quarantine.begun_at).join(Quarantine)
    quarantined = {row.uri: row.begun_at for row in db.session.execute(hidden)}
    while after < last:
        in_reach = (LogEntry.seq > after, LogEntry.seq <= last)
        for row in db.session.execute(select(*columns).where(*in_reach).order_by(LogEntry.seq).limit(ROWS)):
            shown = row.activity is not None and peer.origin in row.audience and may_hear(row.activity, peer)
            begun = quarantined.get(row.object_uri)  # what was passed on before is not shown any more
            shown = shown and row.seq not in held_back and (begun is None or row.written_at > begun)
            yield Link(row.seq, row.commitment, row.salt if shown else None, row.activity if shown else None)
        after = min(after + ROWS, last)


def _held_back(peer: Peer, after: int, last: int) -> set[int]:
    """Return the numbers of what was not sent in the end, since this peer may not have it any more."""
    ended = (
        PeerRecord.origin == peer.origin,
        DeliveryRecord.state == DeliveryState.ENDED,
        DeliveryRecord.seq > after,
        DeliveryRecord.seq <= last,
    )
    found = select(DeliveryRecord.seq).join(PeerRecord, PeerRecord.id == DeliveryRecord.peer_id).where(*ended)
    return set(db.session.scalars(found))


@dataclass(frozen=True, slots=True)
class _Place:
    """How far a snapshot was read: the end of the log when it began, and the last row of a kind."""

    epoch_id: UUID
    seq: int
    kind: int = 0
    after: UUID | None = None

    @property
    def begins(self) -> bool:
        return self.kind == 0 and self.after is None

    def token(self) -> str:
        return f"{self.epoch_id.hex}.{self.seq}.{self.kind}.{self.after.hex if self.after else ''}"

    @classmethod
    def read(cls, token: str) -> "_Place":
        found = TOKEN.fullmatch(token)
        if found is None or int(found["kind"]) > GRAVES:
            raise outdated("no page of a snapshot", here=this_city().origin)
        after = UUID(found["after"]) if found["after"] else None
        return cls(UUID(found["epoch"]), int(found["seq"]), int(found["kind"]), after)


def _documents(peer: Peer, place: _Place) -> tuple[list[JSON], _Place | None]:
    """Return the documents of a page, and where the next one begins; what is of several kinds may share a page."""
    # the city itself comes first: its keys prove the rest
    documents: list[JSON] = [city_document(to=peer.origin)] if place.begins else []
    room = ROOM
    at = place
    while True:
        most = PAGE - len(documents)
        found = _found(peer, at, most)
        for row_id, document in found:
            room -= len(strict_json.dumps(document)) + 1
            if room < 0 and documents:
                return documents, at
            documents.append(document)
            at = replace(at, after=row_id)
        if len(found) == most:
            return documents, at
        if at.kind == GRAVES:
            return documents, None
        at = replace(at, kind=at.kind + 1, after=None)


def _found(peer: Peer, at: _Place, most: int) -> list[tuple[UUID, JSON]]:
    """Return the next objects of a kind.

    What is shown is remembered first and read after: whatever becomes of it from then on, the peer is told.
    """
    if not peer.may_have(Level.READ):
        return []
    if at.kind == GRAVES:
        ours = (Tombstone.origin == this_city().origin, Tombstone.final.is_(True))
        graves = db.session.scalars(_next(at, Tombstone, most).where(*ours)).all()
        return [(grave.id, tombstone(grave.uri, former="Object", rev=grave.rev, final=True)) for grave in graves]
    kind = THINGS[at.kind]
    condition = Reader(peer.origin, peer.level_out).may_see(kind)
    chosen = {thing.id: thing.uri for thing in db.session.scalars(_next(at, kind, most).where(condition))}
    remember_shown(chosen.values(), peer.origin)
    shown = db.session.scalars(select(kind).where(kind.id.in_(chosen), condition)).all()
    documents = {thing.id: document_of(cast("Thing", thing)) for thing in shown}
    return [(row_id, documents[row_id]) for row_id in chosen if row_id in documents]


def _next(at: _Place, kind: Any, most: int) -> Select[Any]:
    """Return the rows of a kind from a place on, newest first; communities oldest first."""
    rising = kind is Community
    rows = select(kind).order_by(kind.id if rising else kind.id.desc()).limit(most)
    if at.after is None:
        return rows
    return rows.where(kind.id > at.after if rising else kind.id < at.after)
