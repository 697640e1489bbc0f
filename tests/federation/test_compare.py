# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A difference between a copy and its home is found and mended, and nothing goes without a tombstone."""

from dataclasses import replace

import pytest

from federation import compare, digests, strict_json
from federation.compare import Compared, Comparison
from federation.digests import COLLECTIONS, DIGEST, NO_MONTH, Digest, Digests, month_of
from federation.errors import Refused, Unreachable
from federation.feed import Reading
from federation.memory_feed import Shelves
from federation.ports import Answer, Level
from tests.federation.peer_cities import PEER
from tests.federation.reading_city import THEY, WE, Here

#: the first millisecond of each month, as UUIDs of version 7 begin
JANUARY, FEBRUARY, MARCH = "019b76da-a800", "019c167f-cc00", "019ca6b1-dc00"
OLD = f"{PEER}/o/00000000-0000-4000-8000-00000000000"


def event(month: str, number: int) -> str:
    return f"{PEER}/o/{month}-7000-8000-{number:012d}"


class Nightly(Here):
    """A city that compares with `peer-b`; what that one shows is in memory too."""

    def __init__(self):
        super().__init__()
        self.there = Shelves()
        self.here = Shelves()
        self.documents = {}
        self.comparison = Comparison(ask=self.ask, holdings=self.here, readings=self.readings, catch_up=self.catch_up)

    def hold(self, object_id: str, *, there: int | None = 1, here: int | None = 1, collection: str = "Event") -> str:
        """Let the peer show a revision of an object, and us have a copy of one."""
        self.documents[object_id] = {"type": collection, "id": object_id, "cop:rev": there}
        if there is None:
            del self.documents[object_id]
        else:
            self.there.ours[collection][object_id] = there
        if here is not None:
            self.here.copies[collection][object_id] = self.readings.revs[object_id] = here
        return object_id

    def bury(self, object_id: str) -> None:
        self.documents[object_id] = {"type": "Tombstone", "id": object_id, "cop:rev": 9}

    def _page(self, path, query):
        if path.startswith("/o/"):
            document = self.documents.get(f"{PEER}{path}")
            status = 404 if document is None else 410 if document["type"] == "Tombstone" else 200
            found = {"@context": "x", **document, "proof": {}} if document else {"title": "not_found"}
            return Answer(status, {}, strict_json.dumps(found))
        if not path.startswith(DIGEST):
            return super()._page(path, query)
        try:
            page = Digests(self.there).answer(WE, query)
        except Refused as refusal:
            return Answer(refusal.status, {}, strict_json.dumps(refusal.problem))
        return Answer(200, {}, strict_json.dumps(self.change(page)))

    def compare(self):
        self.asked.clear()
        return self.comparison.compare(self.peer)

    def fetched(self) -> list[tuple[str, str]]:
        said = [fetched.received.activity for fetched in self.readings.taken.values()]
        return [(each.type, each.object_id) for each in said]


@pytest.fixture
def night():
    return Nightly()


@pytest.mark.parametrize(
    ("object_id", "month"),
    [
        (event(JANUARY, 1), "2026-01"),
        (event("019b76da-a7ff", 1), "2025-12"),
        (event(FEBRUARY, 1), "2026-02"),
        (event(MARCH, 1), "2026-03"),
        (f"{OLD}1", NO_MONTH),
        (f"{PEER}/o/ffffffff-ffff-7000-8000-000000000001", NO_MONTH),
        (f"{PEER}/actor", NO_MONTH),
    ],
)
def test_an_id_tells_in_which_month_it_was_minted(object_id, month):
    assert month_of(object_id) == month


def test_the_digest_is_the_same_in_any_order():
    entries = [(event(JANUARY, number), number) for number in range(5)]

    assert Digest(entries).document == Digest(reversed(entries)).document
    assert Digest(entries).document != Digest(entries[1:]).document
    assert Digest().document == {"count": 0, "digest": "00" * 32}


def test_where_nothing_differs_one_question_is_enough(night):
    night.hold(event(JANUARY, 1), there=3, here=3)

    assert night.compare() == Compared()
    assert night.asked == [DIGEST]


def test_what_is_missing_or_older_is_fetched_from_its_home(night):
    for number in range(3):
        night.hold(event(JANUARY, number))
    missing = night.hold(event(FEBRUARY, 1), there=2, here=None)
    older = night.hold(f"{OLD}1", there=5, here=4)

    assert night.compare() == Compared(mended=2)
    assert night.fetched() == [("Update", older), ("Update", missing)]
    assert len(night.asked) == len([DIGEST, "Event", NO_MONTH, "2026-02", missing, older])


def test_what_the_home_does_not_name_stays_without_a_tombstone(night):
    night.hold(event(JANUARY, 1), there=None)

    assert night.compare() == Compared(left=1)
    assert night.fetched() == []


def test_what_the_home_deleted_goes_by_its_tombstone(night):
    gone = night.hold(event(JANUARY, 1), there=None)
    night.bury(gone)

    assert night.compare() == Compared(mended=1)
    assert night.fetched() == [("Delete", gone)]


def test_what_is_newer_here_stays(night):
    night.hold(event(JANUARY, 1), there=2, here=7)

    assert night.compare() == Compared()
    assert night.fetched() == []


def test_what_others_refer_to_comes_before(night):
    topic = night.hold(event(JANUARY, 1), here=None, collection="cop:Topic")
    second = night.hold(event(FEBRUARY, 2), here=None, collection="Group")
    first = night.hold(event(JANUARY, 3), here=None, collection="Group")

    night.compare()

    assert [object_id for _, object_id in night.fetched()] == [first, second, topic]


def test_only_what_we_would_take_is_compared(night):
    night.hold(event(JANUARY, 1), here=None, collection="cop:Topic")
    night.peer = replace(THEY, level_in=Level.READ)

    assert night.compare() == Compared()
    assert night.asked == [DIGEST]


def test_a_month_is_listed_page_by_page(night, monkeypatch):
    monkeypatch.setattr(digests, "PAGE", 2)
    wanted = [night.hold(event(JANUARY, number), here=None) for number in range(5)]
    night.hold(event(FEBRUARY, 1))
    night.hold(f"{OLD}1")

    assert night.compare() == Compared(mended=5)
    assert [object_id for _, object_id in night.fetched()] == wanted
    assert night.asked.count(DIGEST) == len(["all", "Event", "1", "2", "3"])


def test_who_lacks_very_much_is_read_from_the_snapshot(night, monkeypatch):
    monkeypatch.setattr(compare, "MOST", 1)
    night.read()
    for number in range(2):
        night.hold(event(JANUARY, number), here=None)

    assert night.compare() == Compared(left=2)
    assert night.readings.of(PEER) == Reading()
    assert night.fetched() == []


def test_comparing_moves_no_cursor(night):
    night.read()
    before = night.readings.of(PEER)
    night.hold(event(JANUARY, 1), here=None)

    night.compare()

    assert night.readings.of(PEER) == before


def test_an_object_that_is_not_here_any_more_is_left(night):
    del night.documents[night.hold(event(JANUARY, 1), here=None)]
    night.hold(f"{PEER}/things/1", here=None)

    assert night.compare() == Compared(left=2)


def test_what_another_city_would_have_said_is_not_taken(night):
    object_id = night.hold(event(JANUARY, 1), here=None)
    night.documents[object_id] = {"type": "Event", "id": "https://peer-c.example/o/1", "cop:rev": 1}

    assert night.compare() == Compared(left=1)
    assert night.city.events.codes == ["origin"]
    assert night.fetched() == []


@pytest.mark.parametrize(
    "change",
    [
        lambda page: {},
        lambda page: page | {"collections": []},
        lambda page: page | {"months": []},
        lambda page: page | {"items": []} if "items" in page else page,
        lambda page: page | {"items": {event(JANUARY, 1): "1"}} if "items" in page else page,
        lambda page: page | {"next": 7} if "items" in page else page,
        lambda page: page | {"next": "x"} if "items" in page else page,
        lambda page: page | {"next": "0" * 8 + "-0000" * 3 + "-" + "0" * 12} if "items" in page else page,
    ],
)
def test_an_answer_that_is_no_page_ends_the_comparison(night, change):
    night.hold(event(JANUARY, 1), here=None)
    night.change = change

    with pytest.raises(Refused, match="shape"):
        night.compare()

    assert night.fetched() == []


def test_pages_without_an_end_are_not_read_for_ever(night, monkeypatch):
    monkeypatch.setattr(compare, "MOST_PAGES", 3)
    night.hold(event(JANUARY, 1), here=None)
    turns = iter(range(1, 100))
    night.change = lambda page: (
        page | {"next": event(JANUARY, next(turns)).rpartition("/")[2]} if "items" in page else page
    )

    night.compare()

    assert night.asked.count(DIGEST) == len(["all", "Event", "1", "2", "3"])


def test_a_collection_that_a_peer_does_not_know_is_passed_over(night):
    night.hold(event(JANUARY, 1), here=None)
    night.change = lambda page: {"collections": {}}

    assert night.compare() == Compared()


@pytest.mark.parametrize(
    "away", [Unreachable("timeout", "cut"), Answer(404, {}, b'{"title": "not_found"}'), Answer(200, {}, b"[]")]
)
def test_a_peer_that_does_not_compare_ends_it(night, away):
    night.away = away

    with pytest.raises((Unreachable, Refused)):
        night.compare()


@pytest.mark.parametrize(
    "query",
    [
        {"collection": "Person"},
        {"collection": "Event", "month": "2026-13"},
        {"collection": "Event", "month": "2026"},
        {"collection": "Event", "month": "2026-01", "after": "x"},
    ],
)
def test_what_cannot_be_asked_is_refused(query):
    with pytest.raises(Refused, match="query"):
        Digests(Shelves()).answer(WE, query)


@pytest.mark.parametrize("month", ["2026-12", "9999-12", "1969-01"])
def test_every_month_can_be_asked_for(month):
    assert Digests(Shelves()).answer(WE, {"collection": COLLECTIONS[0], "month": month}) == {"items": {}}
