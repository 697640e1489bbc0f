# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What peers read, and how far we read them, in memory: see `memory`."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from federation import chain
from federation.activities import JSON
from federation.chain import START, Link
from federation.digests import Entry, name_of
from federation.feed import Cursor, Fetched, Reading, Snapshot, Stretch, outdated
from federation.origins import Origin
from federation.ports import Peer

PAGE = 3


class OwnLog:
    """`Feed` in memory: what was said, to whom, and all objects as they are."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.epoch = str(uuid4())
        self.entries: list[tuple[Link, Collection[str]]] = []
        self.hashes = [START]
        self.objects: dict[str, JSON] = {}
        self.receipts: dict[str, int] = {}

    def say(self, activity: JSON, *, to: Collection[str]) -> None:
        """Append what was said to these cities."""
        salt = chain.new_salt()
        entry = Link(len(self.entries) + 1, chain.commitment(salt, activity), salt, activity)
        self.entries.append((entry, to))
        self.hashes.append(chain.link(self.hashes[-1], entry.commitment))

    def begin_anew(self, *, keep: int) -> None:
        """Open a new epoch, as after an old backup was restored: all but the first entries are lost."""
        self.epoch = str(uuid4())
        del self.entries[keep:], self.hashes[keep + 1 :]

    def changes(self, peer: Peer, *, cursor: Cursor | None, limit: int) -> Stretch:
        """See `Feed.changes`."""
        since = 0
        if cursor is not None:
            since = cursor.seq
            if cursor.epoch != self.epoch or self.hashes[since : since + 1] != [cursor.hash]:
                raise outdated("no place in this log", here=self.origin)
            self.receipts[peer.origin] = since
        links = self._shown(peer, self.entries[since : since + limit])
        return Stretch(self.epoch, self.hashes[since], links, len(self.entries), self.hashes[-1])

    def snapshot(self, peer: Peer, *, page: str) -> Snapshot:
        """See `Feed.snapshot`."""
        epoch, at, seq = page.split(".") if page else (self.epoch, "0", str(len(self.entries)))
        if epoch != self.epoch:
            raise outdated("the log began anew", here=self.origin)
        first = int(at)
        documents = list(self.objects.values())[first : first + PAGE]
        if first + PAGE < len(self.objects):
            return Snapshot(epoch, documents, next=f"{epoch}.{first + PAGE}.{seq}")
        return Snapshot(epoch, documents, cursor=Cursor(epoch, int(seq), self.hashes[int(seq)]))

    def _shown(self, peer: Peer, entries: Sequence[tuple[Link, Collection[str]]]) -> Iterator[Link]:
        for entry, to in entries:
            yield entry if peer.origin in to else Link(entry.seq, entry.commitment)


class PeersLogs:
    """`Readings` in memory."""

    def __init__(self) -> None:
        self.readings: dict[str, Reading] = defaultdict(Reading)
        self.taken: dict[str, Fetched] = {}
        self.revs: dict[str, int] = {}
        self.next_at: dict[str, datetime] = {}
        self.heads: dict[str, int] = {}
        self.errors: dict[str, str | None] = {}

    def due(self, *, at: datetime) -> Sequence[Peer]:
        """See `Readings.due`; nobody is known here."""
        return []

    def of(self, origin: Origin) -> Reading:
        """See `Readings.of`."""
        return self.readings[origin]

    def new(self, origin: Origin, activity_ids: Collection[str]) -> Collection[str]:
        """See `Readings.new`."""
        return set(activity_ids) - self.taken.keys()

    def wanted(self, origin: Origin, revs: Mapping[str, int]) -> Collection[str]:
        """See `Readings.wanted`."""
        return {object_id for object_id, rev in revs.items() if rev > self.revs.get(object_id, 0)}

    def keep(self, origin: Origin, fetched: Sequence[Fetched], reading: Reading) -> None:
        """See `Readings.keep`."""
        for each in fetched:
            activity = each.received.activity
            self.taken.setdefault(activity.id, each)
            if activity.object_id is not None:
                self.revs[activity.object_id] = activity.embedded.get("cop:rev", 0)
        self.readings[origin] = Reading(reading.cursor, reading.page, self.readings[origin].failures)

    def end(self, origin: Origin, *, at: datetime, next_at: datetime, head: int | None, error: str | None) -> None:
        """See `Readings.end`."""
        before = self.readings[origin]
        self.readings[origin] = Reading(before.cursor, before.page, before.failures + 1 if error else 0)
        self.next_at[origin], self.errors[origin] = next_at, error
        if head is not None:
            self.heads[origin] = head


class Shelves:
    """`Holdings` in memory: by collection, ids and revisions of ours and of our copies."""

    def __init__(self) -> None:
        self.ours: dict[str, dict[str, int]] = defaultdict(dict)
        self.copies: dict[str, dict[str, int]] = defaultdict(dict)

    def shown(self, peer: Peer, collection: str, *, after: str = "") -> Iterator[Entry]:
        """See `Holdings.shown`."""
        entries = sorted(self.ours[collection].items(), key=lambda entry: name_of(entry[0]))
        return (entry for entry in entries if name_of(entry[0]) > after)

    def held(self, origin: Origin, collection: str) -> Iterator[Entry]:
        """See `Holdings.held`."""
        return iter(self.copies[collection].items())
