# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Comparing our copies of a peer's objects with what it shows us, and mending what differs.

What is missing here or older is fetched from its home; of what the home does not name it is asked too, and only its
tombstone lets a copy go (mastodon #34272).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import chain
from typing import Any

from federation import strict_json
from federation.activities import JSON
from federation.calling import VerifiedAnswer
from federation.catchup import Ask, CatchUp
from federation.digests import COLLECTIONS, DIGEST, Digest, Holdings, by_month, is_name, month_of
from federation.errors import Refused, bad
from federation.feed import Readings
from federation.outbox import problem_code
from federation.ports import Peer
from federation.rules import level_of_copies
from federation.signing import claimed_key_id

#: so many objects are asked for one by one; what lacks more is read from the snapshot
MOST = 200
#: so many pages are read of one month
MOST_PAGES = 400


@dataclass(frozen=True, slots=True)
class Compared:
    """What a comparison came to: how many objects were fetched, and how many differ and stay as they are."""

    mended: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True)
class _Odd:
    """The ids of what is missing here or older, and of what is here and not shown there."""

    missing: list[str]
    surplus: list[str]


class Comparison:
    """Compares the copies of one city with their homes."""

    def __init__(self, *, ask: Ask, holdings: Holdings, readings: Readings, catch_up: CatchUp) -> None:
        self._ask = ask
        self._holdings = holdings
        self._readings = readings
        self._catch_up = catch_up

    def compare(self, peer: Peer) -> Compared:
        """Compare all that we take of a peer, and fetch what differs.

        Raises:
            Refused: when the peer answers something else than it should.
            Unreachable: when it does not answer.
        """
        theirs = _mapping(self._get(peer, DIGEST), "collections")
        odd = [self._odd(peer, name) for name in COLLECTIONS if name in theirs and self._differs(peer, name, theirs)]
        missing = list(chain.from_iterable(each.missing for each in odd))
        surplus = list(chain.from_iterable(each.surplus for each in odd))
        if len(missing) > MOST:
            self._catch_up.begin_anew(peer)
            return Compared(left=len(missing) + len(surplus))
        mended = sum(self._mend(peer, object_id) for object_id in missing + surplus[:MOST])
        return Compared(mended, len(missing) + len(surplus) - mended)

    def _differs(self, peer: Peer, collection: str, theirs: Mapping[str, Any]) -> bool:
        if not peer.may_do(level_of_copies(collection)):
            return False
        return bool(theirs[collection] != Digest(self._holdings.held(peer.origin, collection)).document)

    def _odd(self, peer: Peer, collection: str) -> _Odd:
        theirs = _mapping(self._get(peer, f"{DIGEST}?collection={collection}"), "months")
        ours = by_month(self._holdings.held(peer.origin, collection))
        odd = _Odd([], [])
        for month in sorted(theirs.keys() | ours.keys()):
            if theirs.get(month) != ours.get(month):
                self._look(peer, collection, month, odd)
        return odd

    def _look(self, peer: Peer, collection: str, month: str, odd: _Odd) -> None:
        """Find what differs in a month."""
        shown: set[str] = set()
        for page in self._pages(peer, f"{DIGEST}?collection={collection}&month={month}"):
            odd.missing.extend(sorted(self._readings.wanted(peer.origin, page)))
            shown.update(page)
        held = (id_ for id_, _ in self._holdings.held(peer.origin, collection) if month_of(id_) == month)
        odd.surplus.extend(sorted(set(held) - shown))

    def _pages(self, peer: Peer, path: str) -> Iterator[Mapping[str, int]]:
        after = ""
        for _ in range(MOST_PAGES):
            page = self._get(peer, f"{path}&after={after}" if after else path)
            yield _revs(page)
            following = page.get("next")
            if following is None:
                return
            if not isinstance(following, str) or not is_name(following) or following <= after:
                raise bad("shape", "next: a name further on")
            after = following

    def _mend(self, peer: Peer, object_id: str) -> bool:
        """Ask the home for an object; tell whether it was news."""
        if not object_id.startswith(f"{peer.origin}/o/"):
            return False
        answer = self._ask(peer.origin, object_id.removeprefix(peer.origin))
        if answer.status not in {HTTPStatus.OK, HTTPStatus.GONE}:
            return False
        return self._catch_up.take(peer, claimed_key_id(answer.headers), _within(_document(answer))) > 0

    def _get(self, peer: Peer, path: str) -> JSON:
        answer = self._ask(peer.origin, path)
        if answer.status != HTTPStatus.OK:
            raise Refused(problem_code(answer), f"answered {answer.status}", answer.status)
        return _document(answer)


def _document(answer: VerifiedAnswer) -> JSON:
    document = strict_json.loads(answer.body)
    if not isinstance(document, dict):
        raise bad("shape", "an object")
    return document


def _within(document: JSON) -> JSON:
    """Write a document as it stands in an activity, where nothing has an @context; a proof made with one goes, too."""
    left_out = {"@context", "proof"} if "@context" in document else set()
    return {name: value for name, value in document.items() if name not in left_out}


def _mapping(page: JSON, key: str) -> Mapping[str, Any]:
    found = page.get(key)
    if not isinstance(found, dict):
        raise bad("shape", f"{key}: an object")
    return found


def _revs(page: JSON) -> Mapping[str, int]:
    found = _mapping(page, "items")
    if not _all_whole(found.values()):
        raise bad("shape", "items: revisions by their ids")
    return found


def _all_whole(values: Iterable[object]) -> bool:
    return all(type(value) is int for value in values)
