# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The append-only log of what this city said."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from cop.base.clock import now
from cop.base.db import db, new_id
from cop.sharing.models import DeliveryRecord, LogEntry, PeerRecord
from cop.sharing.own_log import locked_counter
from federation import chain
from federation.origins import Origin

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Saying:
    """An activity, what it is about, and which cities hear it."""

    activity: Mapping[str, Any]
    object_uri: str
    to: Collection[str]


class SqlLog:
    """See `federation.ports.Log`."""

    def append(self, activity: Mapping[str, Any], *, object_id: str, to: Collection[Origin]) -> int:
        """Write an activity and its deliveries in the caller's transaction; return its number in commit order.

        Takes the lock on the counter: call it last.
        """
        return self.append_all([Saying(activity, object_id, to)])

    def append_all(self, sayings: Sequence[Saying]) -> int:
        """Write several; all but the links is made before the lock is taken. Return the number of the last."""
        entries = [_entry(saying, now()) for saying in sayings]
        peers = _peers({origin for saying in sayings for origin in saying.to})
        db.session.flush()  # what the caller did is written before the lock is taken
        counter = locked_counter()
        for entry in entries:
            counter.last += 1
            counter.hash = chain.link(counter.hash, entry["commitment"])
            entry.update(seq=counter.last, hash=counter.hash, epoch_id=counter.epoch_id)
        db.session.execute(insert(LogEntry), entries)
        if deliveries := [row for entry in entries for row in _deliveries(entry, peers)]:
            db.session.execute(insert(DeliveryRecord), deliveries)
        return counter.last


def _entry(saying: Saying, at: datetime) -> Row:
    salt = chain.new_salt()
    return {
        "id": new_id(),
        "activity_id": saying.activity["id"],
        "type": saying.activity["type"],
        "object_uri": saying.object_uri,
        "activity": dict(saying.activity),
        "salt": salt,
        "commitment": chain.commitment(salt, saying.activity),
        "audience": sorted(saying.to),
        "written_at": at,
    }


def _peers(origins: Collection[str]) -> Mapping[str, UUID]:
    found = db.session.execute(select(PeerRecord.origin, PeerRecord.id).where(PeerRecord.origin.in_(origins)))
    return {row.origin: row.id for row in found}


def _deliveries(entry: Row, peers: Mapping[str, UUID]) -> Iterator[Row]:
    for origin in entry["audience"]:
        if origin in peers:
            yield {
                "peer_id": peers[origin],
                "entry_id": entry["id"],
                "seq": entry["seq"],
                "object_uri": entry["object_uri"],
                "due_at": entry["written_at"],
            }
