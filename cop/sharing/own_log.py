# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The log of this city: its end, its epochs, its proof, and what is taken out of it."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select, update

from cop.base.clock import now
from cop.base.db import db, new_id
from cop.sharing.models import DeliveryRecord, DeliveryState, LogCounter, LogEntry, LogEpoch, TrustEvent
from federation.canonical import canonical
from federation.chain import START, BrokenChain, Link, follow, link

PAGE = 1000
BEGUN = "begun"
WORDS = {
    "gap": "Entry {seq} of the log is missing.",
    "content": "Entry {seq} of the log does not say what was said.",
    "hash": "Entry {seq} of the log is not chained to the one before it.",
}


def locked_counter() -> LogCounter:
    """Return the end of the log, locked until the transaction ends."""
    counter = db.session.scalar(select(LogCounter).with_for_update().execution_options(populate_existing=True))
    if counter is not None:
        return counter
    # two first words at once: `only` is unique, the later one fails and comes again
    epoch = LogEpoch(id=new_id(), after=0, previous=START, reason=BEGUN, opened_at=now())
    db.session.add(epoch)
    db.session.flush()  # the counter's foreign key needs the row
    counter = LogCounter(id=new_id(), last=0, hash=START, epoch_id=epoch.id, decided=0, decided_hash=START)
    db.session.add(counter)
    db.session.flush()  # the entries' foreign keys come by statements, not by objects
    return counter


def hash_at(seq: int, epoch: LogEpoch) -> bytes | None:
    """Return the hash at a place of an epoch; None where there is none."""
    if seq == epoch.after:
        return epoch.previous
    return db.session.scalar(select(LogEntry.hash).where(LogEntry.seq == seq, LogEntry.epoch_id == epoch.id))


def chain_decision(decision: TrustEvent) -> None:
    """Chain a decision about a partner city to the one before it."""
    counter = locked_counter()
    counter.decided += 1
    counter.decided_hash = link(counter.decided_hash, _digest(decision))
    decision.number, decision.hash = counter.decided, counter.decided_hash


def _digest(decision: TrustEvent) -> bytes:
    facts = {
        "peer": decision.peer_origin,
        "code": str(decision.code),
        "details": decision.details,
        "person": str(decision.person_id),
        "at": decision.at.isoformat(),
    }
    return hashlib.sha256(canonical(facts)).digest()


def erase_entries(object_uri: str) -> int:
    """Take what was said about a thing out of the log and return how many entries that were.

    Their numbers and commitments stay, so the chain still closes; what waits to be delivered of it is dropped.
    """
    # that a city must forget it stays, and stays due: it holds nothing of what was
    mine = (LogEntry.object_uri == object_uri, LogEntry.activity.is_not(None), LogEntry.type != "Delete")
    entries = db.session.scalars(select(LogEntry.id).where(*mine)).all()
    waiting = (DeliveryRecord.entry_id.in_(entries), DeliveryRecord.state != DeliveryState.DONE)
    db.session.execute(delete(DeliveryRecord).where(*waiting))
    db.session.execute(update(LogEntry).where(LogEntry.id.in_(entries)).values(activity=None, salt=None))
    return len(entries)


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of checking: how many entries were read, and the first entry or decision that is not as it was."""

    entries: int
    broken: BrokenChain | None = None
    decisions: int = 0
    changed_decision: int | None = None

    @property
    def whole(self) -> bool:
        """Whether all is as it was."""
        return self.broken is None and self.changed_decision is None

    @property
    def sentence(self) -> str:
        """What was found, for an operator."""
        if self.whole:
            return f"The log is whole: {self.entries} entries, {self.decisions} decisions about partner cities."
        if self.broken is not None:
            wrong = WORDS[self.broken.what].format(seq=self.broken.seq)
        else:
            wrong = f"Decision {self.changed_decision} about a partner city is not what was decided, or is missing."
        return f"{wrong} Find out who changed the database; restore the last good backup."


def prove(*, newest: int | None = None) -> Proof:
    """Check the log and the decisions against their chains, page by page.

    Args:
        newest: check only so many entries at the log's end.
    """
    counter = db.session.scalar(select(LogCounter))
    if counter is None:
        return Proof(0)
    before = select(LogEntry.seq).order_by(LogEntry.seq.desc()).offset(newest or 0).limit(1)
    check = _Check(0 if newest is None else db.session.scalar(before) or 0)
    broken = check.first_broken(counter)
    decisions, changed = _prove_decisions(counter)
    return Proof(check.entries, broken, decisions, changed)


def _prove_decisions(counter: LogCounter) -> tuple[int, int | None]:
    number, running = 0, START
    for decision in db.session.scalars(select(TrustEvent).order_by(TrustEvent.number)):
        number, running = number + 1, link(running, _digest(decision))
        if (decision.number, decision.hash) != (number, running):
            return number, number
    ends_well = (number, running) == (counter.decided, counter.decided_hash)
    return number, None if ends_well else number + 1


class _Check:
    """Follows the chain through entries and from epoch to epoch."""

    def __init__(self, start: int) -> None:
        before = db.session.scalar(select(LogEntry.hash).where(LogEntry.seq == start))
        self.at, self.hash, self.entries = start, before or START, 0
        self.epoch: UUID | None = None
        self.epochs = {epoch.id: epoch for epoch in db.session.scalars(select(LogEpoch))}

    def first_broken(self, counter: LogCounter) -> BrokenChain | None:
        try:
            for rows in _pages(self.at):
                self.follow(rows)
        except BrokenChain as broken:
            return broken
        if counter.epoch_id != self.epoch:
            self._enter(counter.epoch_id)
        return None if (self.at, self.hash) == (counter.last, counter.hash) else BrokenChain(self.at + 1, "gap")

    def follow(self, rows: Sequence[Row[Any]]) -> None:
        for row in rows:
            if row.epoch_id != self.epoch:
                self._enter(row.epoch_id)
            shown = Link(row.seq, row.commitment, row.salt, row.activity)
            self.hash = follow([shown], after=self.at, previous=self.hash)
            self.at = row.seq
            if row.hash != self.hash:
                raise BrokenChain(row.seq, "hash")
            self.entries += 1

    def _enter(self, epoch_id: UUID) -> None:
        """Numbers may leap where an epoch begins; the chain goes on."""
        epoch = self.epochs[epoch_id]
        if self.at < epoch.after and epoch.previous == self.hash:
            self.at = epoch.after
        self.epoch = epoch_id


def _pages(start: int) -> Iterator[Sequence[Row[Any]]]:
    after = start
    columns = (LogEntry.seq, LogEntry.epoch_id, LogEntry.commitment, LogEntry.salt, LogEntry.activity, LogEntry.hash)
    while rows := db.session.execute(
        select(*columns).where(LogEntry.seq > after).order_by(LogEntry.seq).limit(PAGE)
    ).all():
        yield rows
        after = rows[-1].seq
