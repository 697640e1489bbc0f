# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Receipts of deletion: which cities were told to forget a thing of ours, and which of them have taken it."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from cop.base.db import db
from cop.base.instance import this_city
from cop.sharing.models import DeliveryRecord, DeliveryState, LogEntry, PeerRecord, Tombstone


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one city made of a deletion; `state` is None where it can't be told any more."""

    origin: str
    city: str
    taken_at: datetime | None
    state: DeliveryState | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Receipts:
    """A deleted thing of ours, and every city that had it, by name."""

    uri: str
    former: str
    deleted_at: datetime
    cities: tuple[Receipt, ...] = ()

    @property
    def taken(self) -> int:
        """How many have taken it."""
        return sum(receipt.taken_at is not None for receipt in self.cities)

    @property
    def missing(self) -> list[Receipt]:
        """Those of whom we don't know that they have."""
        return [receipt for receipt in self.cities if receipt.taken_at is None]


def receipts(uri: str) -> Receipts | None:
    """Return who has taken the deletion of a thing of ours; None when it was not deleted for good."""
    grave = db.session.scalar(_graves().where(Tombstone.uri == uri))
    return None if grave is None else _with_receipts([grave])[0]


def deleted(*, limit: int, skip: int = 0) -> list[Receipts]:
    """Return what was deleted here for good, latest first, with its receipts."""
    wanted = _graves().order_by(Tombstone.deleted_at.desc(), Tombstone.id.desc()).limit(limit).offset(skip)
    return _with_receipts(db.session.scalars(wanted).all())


def _graves() -> Any:
    return select(Tombstone).where(Tombstone.origin == this_city().origin, Tombstone.final)


def _with_receipts(graves: Collection[Tombstone]) -> list[Receipts]:
    rows = _deliveries([grave.uri for grave in graves])
    return [Receipts(grave.uri, grave.former, grave.deleted_at, _of(rows[grave.uri])) for grave in graves]


def _deliveries(uris: Collection[str]) -> Mapping[str, list[Any]]:
    """Read all that was ever on its way about these things: what a city got, it has to forget."""
    found: dict[str, list[Any]] = defaultdict(list)
    for row in db.session.execute(
        select(
            DeliveryRecord.object_uri,
            DeliveryRecord.state,
            DeliveryRecord.done_at,
            DeliveryRecord.last_error,
            LogEntry.type,
            PeerRecord.origin,
            PeerRecord.short,
        )
        .join(LogEntry, LogEntry.id == DeliveryRecord.entry_id)
        .join(PeerRecord, PeerRecord.id == DeliveryRecord.peer_id)
        .where(LogEntry.object_uri.in_(uris), LogEntry.type.in_(["Create", "Update", "Delete"]))
        .order_by(DeliveryRecord.seq)
    ):
        found[row.object_uri].append(row)
    return found


def _of(rows: list[Any]) -> tuple[Receipt, ...]:
    """Take of each city the last word: what it got after a deletion it has again."""
    last: dict[str, Receipt] = {}
    for row in rows:
        if row.type == "Delete":
            last[row.origin] = Receipt(row.origin, row.short, row.done_at, DeliveryState(row.state), row.last_error)
        elif row.state == DeliveryState.DONE:
            last[row.origin] = Receipt(row.origin, row.short, None)
    return tuple(sorted(last.values(), key=lambda receipt: receipt.city.lower()))
