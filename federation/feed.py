# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a peer reads of a city: the changes since it last looked, and a snapshot of all it may see now.

Both are pages of JSON in signed answers to signed requests. Written and read here; where the rows come from and go to,
the ports say.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from federation import strict_json
from federation.activities import JSON, Received
from federation.chain import HASH_LENGTH, BrokenChain, Link, commitment, follow
from federation.errors import Refused, bad
from federation.origins import Origin
from federation.ports import Peer

CHANGES = "/changes"
SNAPSHOT = "/snapshot"
LIMIT = 100
MAX_LIMIT = 500
#: for the items of a page; its own words need the rest
ROOM = strict_json.MAX_BODY - 4096
_MAX_TOKEN = 200
_HEX = re.compile(r"(?:[0-9a-f]{2}){1,64}")


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a city's log was read: a number of one of its epochs, and the hash there."""

    epoch: str
    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a log for one reader: what comes after `previous`, and where the log ends now."""

    epoch: str
    previous: bytes
    links: Iterable[Link] = field(repr=False)
    head_seq: int
    head_hash: bytes


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A page of all that one reader may see; the last one has a cursor instead of a next page."""

    epoch: str
    documents: Sequence[JSON] = field(repr=False)
    next: str | None = None
    cursor: Cursor | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """An activity that was read and passed every check, as it is stored."""

    received: Received
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """How reading a peer stands: the cursor, or how far its snapshot was read; how many readings failed in a row."""

    cursor: Cursor | None = None
    page: str = ""
    failures: int = 0


class Feed(Protocol):
    """What this city lets a peer read."""

    def changes(self, peer: Peer, *, cursor: Cursor | None, limit: int) -> Stretch:
        """Return what comes after a cursor; what this peer may not see is its commitment alone.

        Without a cursor from the first entry on. What is up to its cursor the peer has: it is not sent to it again.

        Raises:
            Refused: 410 when nothing can be told from there.
        """

    def snapshot(self, peer: Peer, *, page: str) -> Snapshot:
        """Return a page of what this peer may see now, newest first, and its cursor at the end.

        Raises:
            Refused: 410 when the snapshot that this page is of can't be gone on with.
        """


class Readings(Protocol):
    """How far we read our peers."""

    def due(self, *, at: datetime) -> Sequence[Peer]:
        """List the active peers that are to be read now."""

    def of(self, origin: Origin) -> Reading:
        """Tell how reading this peer stands."""

    def new(self, origin: Origin, activity_ids: Collection[str]) -> Collection[str]:
        """Pick those of these activities that were never received from this peer."""

    def wanted(self, origin: Origin, revs: Mapping[str, int]) -> Collection[str]:
        """Pick those of these objects (id → rev) of which we have nothing as new, dead or alive."""

    def keep(self, origin: Origin, fetched: Sequence[Fetched], reading: Reading) -> None:
        """Store what was fetched, to be handled like what was pushed, and how far that was, in one transaction."""

    def end(self, origin: Origin, *, at: datetime, next_at: datetime, head: int | None, error: str | None) -> None:
        """Remember how a reading ended, where the peer's log ended, and when to read again."""


def outdated(detail: str, *, here: str) -> Refused:
    """Refuse to go on from a cursor of another epoch, or one that is no place in the log; a snapshot begins anew."""
    return Refused("cursor", detail, 410, members={"snapshot": f"{here}{SNAPSHOT}"})


class Pages:
    """Answers peers that read."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def changes(self, peer: Peer, query: Mapping[str, str]) -> JSON:
        """Answer `GET /changes?since=…&limit=…&epoch=…&hash=…`."""
        limit = _number(query, "limit", LIMIT)
        if not 1 <= limit <= MAX_LIMIT:
            raise bad("query", f"limit: 1 to {MAX_LIMIT}")
        since = _number(query, "since", 0)
        cursor = Cursor(query.get("epoch", ""), since, _hash(query.get("hash", ""), "hash")) if since else None
        stretch = self._feed.changes(peer, cursor=cursor, limit=limit)
        items = _fitting(map(_item, stretch.links))
        page = {
            "epoch": stretch.epoch,
            "items": items,
            "prevHash": stretch.previous.hex(),
            "headSeq": stretch.head_seq,
            "headHash": stretch.head_hash.hex(),
        }
        last = items[-1]["seq"] if items else since
        return page | {"next": last} if last < stretch.head_seq else page

    def snapshot(self, peer: Peer, query: Mapping[str, str]) -> JSON:
        """Answer `GET /snapshot?page=…`."""
        token = query.get("page", "")
        if len(token) > _MAX_TOKEN:
            raise bad("query", "page: as the page before named it")
        found = self._feed.snapshot(peer, page=token)
        page: dict[str, Any] = {"epoch": found.epoch, "items": list(found.documents)}
        if found.cursor is None:
            return page | {"next": found.next}
        return page | {"seq": found.cursor.seq, "hash": found.cursor.hash.hex()}


def changes_path(cursor: Cursor, *, limit: int = MAX_LIMIT) -> str:
    """Write what to ask for the changes after a cursor."""
    return f"{CHANGES}?since={cursor.seq}&limit={limit}&epoch={cursor.epoch}&hash={cursor.hash.hex()}"


def snapshot_path(page: str) -> str:
    """Write what to ask for a page of the snapshot."""
    return f"{SNAPSHOT}?page={page}" if page else SNAPSHOT


def read_changes(document: object, *, cursor: Cursor) -> tuple[Sequence[Link], Cursor, int]:
    """Read a page of changes against the chain; return its entries, the cursor behind them and the log's end.

    Raises:
        Refused: 400 when it is no such page.
        BrokenChain: when it does not go on where the cursor is, or does not close.
    """
    page = _page(document)
    if _text(page, "epoch") != cursor.epoch:
        raise BrokenChain(cursor.seq, "epoch")
    if _hash(_text(page, "prevHash"), "prevHash") != cursor.hash:
        raise BrokenChain(cursor.seq, "past")
    links = [_link(item) for item in _items(page)]
    end = follow(links, after=cursor.seq, previous=cursor.hash, shown=False)  # `_link` committed to it
    at, head = cursor.seq + len(links), _whole(page, "headSeq")
    if at > head or (at < head and not links):
        raise BrokenChain(at + 1, "gap")
    if at == head and end != _hash(_text(page, "headHash"), "headHash"):
        raise BrokenChain(at, "hash")
    return links, Cursor(cursor.epoch, at, end), head


def read_snapshot(document: object) -> Snapshot:
    """Read a page of a snapshot.

    Raises:
        Refused: 400 when it is no such page.
    """
    page = _page(document)
    epoch = _text(page, "epoch")
    documents = [_mapping(item) for item in _items(page)]
    if (token := page.get("next")) is not None:
        if not isinstance(token, str) or not re.fullmatch(rf"[A-Za-z0-9._-]{{1,{_MAX_TOKEN}}}", token):
            raise bad("shape", "next: a token")
        return Snapshot(epoch, documents, next=token)
    return Snapshot(epoch, documents, cursor=Cursor(epoch, _whole(page, "seq"), _hash(_text(page, "hash"), "hash")))


def _item(link: Link) -> dict[str, Any]:
    if link.activity is None or link.salt is None:
        return {"seq": link.seq, "commitment": link.commitment.hex()}
    return {"seq": link.seq, "salt": link.salt.hex(), "activity": link.activity}


def _link(item: object) -> Link:
    entry = _mapping(item)
    seq = _whole(entry, "seq")
    if "activity" not in entry:
        return Link(seq, _hash(_text(entry, "commitment"), "commitment"))
    activity, salt = _mapping(entry["activity"]), _bytes(_text(entry, "salt"), "salt")
    try:
        committed = commitment(salt, activity)
    except ValueError as error:
        raise bad("json_number", "a number that is not the same everywhere") from error
    return Link(seq, committed, salt, activity)


def _fitting(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Take as many as fit on a page, and one at least."""
    taken: list[dict[str, Any]] = []
    room = ROOM
    for item in items:
        room -= len(strict_json.dumps(item)) + 1
        if room < 0 and taken:
            break
        taken.append(item)
    return taken


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not re.fullmatch(r"0|[1-9][0-9]{0,15}", text) or int(text) > strict_json.MAX_INTEGER:
        raise bad("query", f"{name}: a whole number")
    return int(text)


def _page(document: object) -> JSON:
    return _mapping(document)


def _mapping(value: object) -> JSON:
    if not isinstance(value, dict):
        raise bad("shape", "an object")
    return value


def _items(page: JSON) -> list[object]:
    items = page.get("items")
    if not isinstance(items, list):
        raise bad("shape", "items: a list")
    return items


def _text(page: JSON, key: str) -> str:
    value = page.get(key)
    if not isinstance(value, str) or len(value) > _MAX_TOKEN:
        raise bad("shape", f"{key}: a text")
    return value


def _whole(page: JSON, key: str) -> int:
    value = page.get(key)
    if type(value) is not int or value < 0:
        raise bad("shape", f"{key}: a whole number")
    return value


def _bytes(text: str, what: str) -> bytes:
    if not _HEX.fullmatch(text):
        raise bad("shape", f"{what}: hexadecimal")
    return bytes.fromhex(text)


def _hash(text: str, what: str) -> bytes:
    value = _bytes(text, what)
    if len(value) != HASH_LENGTH:
        raise bad("shape", f"{what}: 32 bytes")
    return value
