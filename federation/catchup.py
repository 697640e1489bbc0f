# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reading what a peer said, so that nothing is missed whatever became of what it sent.

A new peer is read from its snapshot, then its changes from there on. Each entry is checked against the chain; what was
not received yet passes the same checks as in the inbox and is stored like what was sent.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from http import HTTPStatus
from uuid import uuid4

from federation import strict_json
from federation.activities import JSON, Activity, Received, parse_activity
from federation.calling import VerifiedAnswer
from federation.chain import BrokenChain, Link, link
from federation.errors import Refused, Unreachable
from federation.feed import (
    Cursor,
    Fetched,
    Reading,
    Readings,
    changes_path,
    read_changes,
    read_snapshot,
    snapshot_path,
)
from federation.inbox import Inbox
from federation.origins import Origin
from federation.outbox import Schedule, problem_code, retry_after
from federation.ports import Clock, Known, Peer, SecurityEvent, SecurityEvents
from federation.signing import claimed_key_id

#: How often a peer is read that has nothing to say.
EVERY = timedelta(hours=1)
#: Pages of one reading; what is left is read at once again, after the others.
MOST_PAGES = 200
#: Entries stored in one transaction: whoever writes meanwhile waits for no more.
BATCH = 100

#: Asks a peer for a document and returns the answer that it signed, whatever its status (`Caller.get`).
Ask = Callable[[Origin, str], VerifiedAnswer]


@dataclass(frozen=True, slots=True)
class Progress:
    """What a reading came to: how many activities were new; whether the peer's log was read to its end."""

    new: int
    complete: bool


class CatchUp:
    """Reads peers for one city.

    Args:
        ask: how to ask a peer.
        inbox: where what is read is checked.
        known: what we hold.
        schedule: when to try again what failed.
    """

    def __init__(
        self,
        *,
        ask: Ask,
        inbox: Inbox,
        readings: Readings,
        known: Known,
        events: SecurityEvents,
        clock: Clock,
        schedule: Schedule | None = None,
    ) -> None:
        self._ask = ask
        self._inbox = inbox
        self._readings = readings
        self._known = known
        self._events = events
        self._clock = clock
        self._schedule = schedule or Schedule()

    def read(self, peer: Peer, *, going: Callable[[], bool] = lambda: True) -> Progress:
        """Read a peer to the end of its log, or as far as it goes.

        Args:
            peer: whom.
            going: asked before each page; what is not read any more stays due.
        """
        new, head, complete, error = 0, None, False, None
        wait = timedelta()
        try:
            for _ in range(MOST_PAGES):
                if not going():
                    break
                stored, head, complete = self._read_on(peer)
                new += stored
                if complete:
                    break
        except (Refused, Unreachable) as fault:
            error, complete = fault.code, False
            wait = timedelta(seconds=getattr(fault, "retry_after", None) or 0)
        except BrokenChain as broken:
            error, complete = "chain", False
            self._distrust(peer, broken)
        self._end(peer, head=head, error=error, wait=EVERY if complete else wait)
        return Progress(new, complete)

    def _end(self, peer: Peer, *, head: int | None, error: str | None, wait: timedelta) -> None:
        at = self._clock()
        if error is not None:
            failures = self._readings.of(peer.origin).failures
            wait = max(wait, self._schedule.wait(failures + 1, chance=0.5))
        self._readings.end(peer.origin, at=at, next_at=at + wait, head=head, error=error)

    def _read_on(self, peer: Peer) -> tuple[int, int | None, bool]:
        """Read one page; return how much was new, the end of the peer's log, and whether it was reached."""
        reading = self._readings.of(peer.origin)
        if reading.cursor is None:
            return self._read_snapshot(peer, reading.page), None, False
        try:
            page = self._get(peer, changes_path(reading.cursor))
        except Refused as refusal:
            if refusal.status != HTTPStatus.GONE:
                raise
            self.begin_anew(peer)
            return 0, None, False
        links, cursor, head = read_changes(page.document, cursor=reading.cursor)
        return self._keep_changes(peer, page.key_id, links, reading.cursor), head, cursor.seq == head

    def _keep_changes(self, peer: Peer, key_id: str, links: Sequence[Link], at: Cursor) -> int:
        said = [None if link.activity is None else parse_or_none(link.activity) for link in links]
        new = self._readings.new(peer.origin, [activity.id for activity in said if activity is not None])
        wanted = [activity if activity is not None and activity.id in new else None for activity in said]
        check = _Check(self, peer, key_id, [activity for activity in wanted if activity is not None])
        stored = 0
        for first in range(0, len(links), BATCH):
            fetched = check.passed(wanted[first : first + BATCH])
            at = _after(at, links[first : first + BATCH])
            self._readings.keep(peer.origin, fetched, Reading(at))
            stored += len(fetched)
        return stored

    def _read_snapshot(self, peer: Peer, token: str) -> int:
        try:
            page = self._get(peer, snapshot_path(token))
        except Refused as refusal:
            if refusal.status == HTTPStatus.GONE:
                self.begin_anew(peer)
            raise
        found = read_snapshot(page.document)
        new = self._take(peer, page.key_id, found.documents, Reading(page=token))
        self._readings.keep(peer.origin, [], Reading(found.cursor, found.next or ""))
        return new

    def take(self, peer: Peer, key_id: str, document: JSON) -> int:
        """Take an object or tombstone that a peer showed, as from its snapshot; return 1 when it is news, else 0.

        Args:
            peer: whose it is.
            key_id: the key that it signed its answer with.
            document: what it showed.
        """
        return self._take(peer, key_id, [document], self._readings.of(peer.origin))

    def begin_anew(self, peer: Peer) -> None:
        """Read a peer from its snapshot on, the next time."""
        self._readings.keep(peer.origin, [], Reading())

    def _take(self, peer: Peer, key_id: str, documents: Sequence[JSON], reading: Reading) -> int:
        wanted = self._readings.wanted(peer.origin, _revs(documents))
        said = [_as_said(each, peer.origin) for each in documents if _is_city(each) or each.get("id") in wanted]
        check = _Check(self, peer, key_id, [activity for activity in said if activity is not None])
        fetched = check.passed(said)
        for first in range(0, len(fetched), BATCH):
            self._readings.keep(peer.origin, fetched[first : first + BATCH], reading)
        return len(fetched)

    def _get(self, peer: Peer, path: str) -> "_Page":
        answer = self._ask(peer.origin, path)
        if answer.status != HTTPStatus.OK:
            seconds = int(retry_after(answer.headers, at=self._clock()).total_seconds())
            raise Refused(problem_code(answer), f"answered {answer.status}", answer.status, retry_after=seconds)
        return _Page(claimed_key_id(answer.headers), strict_json.loads(answer.body))

    def passes(self, activity: Activity, peer: Peer, known: Known) -> bool:
        """Tell whether it passes the checks of the inbox; a refusal is written down."""
        try:
            self._inbox.examine(activity, peer, known=known)
        except Refused as refusal:
            self._note(peer, refusal.code, refusal.detail, activity.id)
            return False
        return True

    def known(self, activities: Sequence[Activity]) -> "_Known":
        """Return what is known while these are read."""
        return _Known(self._known, activities)

    def _distrust(self, peer: Peer, broken: BrokenChain) -> None:
        """Write down that a log is not what it was; where its past is another one, begin anew with the snapshot."""
        self._note(peer, "chain", f"{broken.what} at {broken.seq}")
        if broken.what in {"past", "epoch"}:
            self.begin_anew(peer)

    def _note(self, peer: Peer, code: str, detail: str, activity_id: str | None = None) -> None:
        self._events.record(SecurityEvent(code, detail, self._clock(), sender=peer.origin, activity_id=activity_id))


@dataclass(frozen=True, slots=True)
class _Page:
    """What a peer answered, and the key it signed that with."""

    key_id: str
    document: object


class _Check:
    """Checks what stands on one page, in its order."""

    def __init__(self, reader: CatchUp, peer: Peer, key_id: str, activities: Sequence[Activity]) -> None:
        self._reader = reader
        self._peer = peer
        self._key_id = key_id
        self._known = reader.known(activities)

    def passed(self, activities: Sequence[Activity | None]) -> list[Fetched]:
        return [self._fetched(each) for each in activities if each is not None and self._passes(each)]

    def _passes(self, activity: Activity) -> bool:
        return self._reader.passes(activity, self._peer, self._known)

    def _fetched(self, activity: Activity) -> Fetched:
        self._known.taken.add(activity.id)
        return Fetched(Received(self._peer.origin, self._key_id, activity), strict_json.dumps(activity.raw))


class _Known:
    """`Known` while a page is read: owners are looked up at once, and what stands before on it counts as received."""

    def __init__(self, known: Known, activities: Sequence[Activity]) -> None:
        self.taken: set[str] = set()
        self._all = known
        changed = {each.object_id for each in activities if each.object_id is not None and each.type != "Create"}
        self._owners: Mapping[str, str] = known.owners(changed) if changed else {}

    def object(self, object_id: str, *, sender: Origin) -> bool:
        return self._all.object(object_id, sender=sender)

    def sent(self, activity_id: str, *, to: Origin) -> bool:
        return self._all.sent(activity_id, to=to)

    def received(self, activity_id: str, *, sender: Origin) -> bool:
        return activity_id in self.taken or self._all.received(activity_id, sender=sender)

    def joining(self, sender: Origin) -> bool:
        return self._all.joining(sender)

    def attributed_to(self, object_id: str) -> str | None:
        return self._owners.get(object_id)

    def owners(self, object_ids: Collection[str]) -> Mapping[str, str]:
        return self._all.owners(object_ids)


def parse_or_none(document: JSON) -> Activity | None:
    """Read an activity of a log; what has no shape is nothing to us."""
    try:
        return parse_activity(document)
    except Refused:
        return None


def _after(at: Cursor, links: Sequence[Link]) -> Cursor:
    """Move a cursor over entries that were checked."""
    return Cursor(at.epoch, at.seq + len(links), reduce(link, (each.commitment for each in links), at.hash))


def _revs(documents: Sequence[JSON]) -> Mapping[str, int]:
    return {
        id_: rev
        for each in documents
        if isinstance(id_ := each.get("id"), str) and type(rev := each.get("cop:rev")) is int
    }


def _is_city(document: JSON) -> bool:
    """Tell whether it is the city itself, which has no revision: its keys may prove the rest."""
    return document.get("type") == "Application"


def _as_said(document: JSON, origin: Origin) -> Activity | None:
    """Read an object of a snapshot as what its home would say of it, under an id that was never said."""
    type_ = "Delete" if document.get("type") == "Tombstone" else "Update"
    said = {"id": f"{origin}/a/{uuid4()}", "type": type_, "actor": f"{origin}/actor", "object": document}
    return parse_or_none(said)
