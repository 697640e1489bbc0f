# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Digests of what a city holds: by collection, by month, and at last by object, two cities find where they differ.

The month is the one in which an id was minted: it never changes, and most objects that change are young.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import MAXYEAR, UTC, datetime
from hashlib import sha256
from itertools import islice, takewhile
from typing import Protocol
from uuid import UUID

from federation.activities import JSON
from federation.errors import bad
from federation.origins import Origin
from federation.ports import Peer

DIGEST = "/digest"
#: what refers to something stands behind it
COLLECTIONS = ("Group", "Event", "Article", "cop:Assignment", "cop:Topic")
#: where an id doesn't tell when it was minted
NO_MONTH = "0000-00"
PAGE = 500
_MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])|" + NO_MONTH)
_NAME = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_VERSION = 7
_DECEMBER = 12
_EPOCH = 1970
#: behind all names
_END = "g"

#: an object's id and revision
Entry = tuple[str, int]


class Holdings(Protocol):
    """What cities hold: ours, as far as a peer may see it, and our copies of theirs."""

    def shown(self, peer: Peer, collection: str, *, after: str = "") -> Iterator[Entry]:
        """Go through what this peer may see of a collection of ours.

        In the order of the last parts of the ids, and only what comes after one.
        """

    def held(self, origin: Origin, collection: str) -> Iterator[Entry]:
        """Go through our copies of a collection of a peer's, in any order."""


class Digest:
    """Of any number of entries in any order: the sum, modulo 2²⁵⁶, of the SHA-256 of each `<id> <rev>`."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._count = self._sum = 0
        for entry in entries:
            self.add(entry)

    def add(self, entry: Entry) -> None:
        """Take one more object into account."""
        self._count += 1
        self._sum += int.from_bytes(sha256(f"{entry[0]} {entry[1]}".encode()).digest())

    @property
    def document(self) -> JSON:
        """The digest as it is sent."""
        return {"count": self._count, "digest": f"{self._sum % 2**256:064x}"}


class Digests:
    """Answers peers that compare."""

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings

    def answer(self, peer: Peer, query: Mapping[str, str]) -> JSON:
        """Answer `GET /digest`, `?collection=…`, and `?collection=…&month=…` with perhaps `&after=…`."""
        collection = query.get("collection")
        if collection is None:
            return {"collections": {name: Digest(self._holdings.shown(peer, name)).document for name in COLLECTIONS}}
        if collection not in COLLECTIONS:
            raise bad("query", f"collection: one of {', '.join(COLLECTIONS)}")
        month = query.get("month")
        if month is None:
            return {"months": by_month(self._holdings.shown(peer, collection))}
        if not _MONTH.fullmatch(month):
            raise bad("query", "month: YYYY-MM")
        after = query.get("after")
        if after is not None and not is_name(after):
            raise bad("query", "after: as the page before named it")
        return self._listed(peer, collection, month, after)

    def _listed(self, peer: Peer, collection: str, month: str, after: str | None) -> JSON:
        begin, end = _bounds(month)
        shown = self._holdings.shown(peer, collection, after=begin if after is None else max(begin, after))
        inside = takewhile(lambda entry: name_of(entry[0]) < end, shown)
        found = list(islice((entry for entry in inside if month_of(entry[0]) == month), PAGE + 1))
        page = {"items": dict(found[:PAGE])}
        return page | {"next": name_of(found[PAGE - 1][0])} if len(found) > PAGE else page


def by_month(entries: Iterable[Entry]) -> dict[str, JSON]:
    """Digest each month by itself."""
    months: dict[str, Digest] = defaultdict(Digest)
    for entry in entries:
        months[month_of(entry[0])].add(entry)
    return {month: months[month].document for month in sorted(months)}


def month_of(object_id: str) -> str:
    """Say in which month an id was minted, in UTC: UUIDs of version 7 tell it (RFC 9562, section 5.7)."""
    try:
        name = UUID(name_of(object_id))
        at = datetime.fromtimestamp((name.int >> 80) / 1000, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return NO_MONTH
    return f"{at:%Y-%m}" if name.version == _VERSION else NO_MONTH


def name_of(object_id: str) -> str:
    """Return the last part of an id."""
    return object_id.rpartition("/")[2]


def is_name(text: str) -> bool:
    """Tell whether it is the last part of an id as this protocol mints them."""
    return _NAME.fullmatch(text) is not None


def _bounds(month: str) -> tuple[str, str]:
    """Return what stands before all names minted in a month, and behind them."""
    if month == NO_MONTH:
        return "", _END
    year, number = map(int, month.split("-"))
    return _first(year, number), _first(year + number // _DECEMBER, number % _DECEMBER + 1)


def _first(year: int, month: int) -> str:
    """Return what stands before the first name of a month: the 48 bits that count the milliseconds."""
    if year > MAXYEAR:
        return _END
    since = datetime(max(year, _EPOCH), month, 1, tzinfo=UTC).timestamp()
    digits = f"{int(since * 1000):012x}"
    return f"{digits[:8]}-{digits[8:]}"
