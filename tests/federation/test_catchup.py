# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reading a peer finds what was missed, and believes nothing that does not close."""

from dataclasses import replace
from datetime import timedelta

import pytest

from federation import catchup, strict_json
from federation.catchup import EVERY, Progress
from federation.errors import Unreachable
from federation.feed import Reading
from federation.ports import Answer, Level
from tests.federation.peer_cities import HERE, KEY, OTHER, PEER, a_create
from tests.federation.reading_city import THEY, Here


@pytest.fixture
def here():
    return Here()


def test_a_new_peer_is_read_from_its_snapshot_and_then_on(here):
    here.log.say(a_create(number="1"), to=[HERE])
    here.log.objects = {str(n): {"type": "Event", "id": f"{PEER}/o/{n}", "cop:rev": 1} for n in range(4)}
    here.log.objects["gone"] = {"type": "Tombstone", "id": f"{PEER}/o/gone", "cop:rev": 2}
    first = here.read()
    here.log.say(a_create(number="2"), to=[HERE])

    assert first == Progress(5, complete=True)
    assert here.read() == Progress(1, complete=True)
    assert here.asked == ["/snapshot", "/snapshot", "/changes", "/changes"]
    said = [fetched.received.activity for fetched in here.readings.taken.values()]
    assert [(each.type, each.object_id.rpartition("/")[2]) for each in said] == [
        *[("Update", str(n)) for n in range(4)],
        ("Delete", "gone"),
        ("Create", "2"),
    ]
    assert here.readings.heads == {PEER: 2}
    assert here.readings.next_at[PEER] == here.city.clock() + EVERY


def test_what_is_stored_says_who_signed_the_page(here):
    here.read()
    here.log.say(a_create(), to=[HERE])
    here.read()

    (fetched,) = here.readings.taken.values()
    assert (fetched.received.sender, fetched.received.key_id) == (PEER, KEY.key_id)
    assert strict_json.loads(fetched.body) == a_create()


def test_what_came_before_is_not_taken_twice(here):
    here.read()
    here.log.say(a_create(number="1"), to=[HERE])
    here.readings.taken[f"{PEER}/a/1"] = None
    here.log.say(a_create(number="2"), to=[HERE])

    assert here.read() == Progress(1, complete=True)


def test_what_is_for_others_is_passed_over(here):
    here.read()
    here.log.say(a_create(number="1"), to=[OTHER])
    here.log.say(a_create(number="2"), to=[HERE])

    here.read()

    assert here.taken() == ["2"]
    assert here.readings.of(PEER).cursor.seq == 2


def test_the_city_itself_is_taken_each_time(here):
    here.log.objects = {"city": {"type": "Application", "id": f"{PEER}/actor"}}
    first = here.read()
    here.readings.readings.clear()

    assert (first.new, here.read().new) == (1, 1)


def test_of_a_snapshot_only_what_is_newer_is_taken(here):
    here.log.objects = {str(n): {"type": "Event", "id": f"{PEER}/o/{n}", "cop:rev": 3} for n in range(3)}
    here.readings.revs = {f"{PEER}/o/0": 2, f"{PEER}/o/1": 3}

    assert here.read().new == 2


@pytest.mark.parametrize(
    "document",
    [
        {"type": "Event", "id": f"{OTHER}/o/1", "cop:rev": 1},
        {"type": "Event", "id": f"{PEER}/o/1", "cop:rev": "1"},
        {"type": "Event", "id": 7, "cop:rev": 1},
        {"type": "Event", "id": f"{PEER}/o/1", "cop:rev": 1, "@id": "x"},
    ],
)
def test_of_a_snapshot_nothing_is_taken_that_could_not_be_sent(here, document):
    here.log.objects = {"1": document}

    assert here.read() == Progress(0, complete=True)


def test_what_would_be_refused_in_the_inbox_is_refused_here(here):
    here.read()
    here.log.say(a_create(OTHER, "1"), to=[HERE])
    here.log.say({"type": "Create"}, to=[HERE])
    here.log.say(a_create(number="2"), to=[HERE])
    here.log.say(a_create(type_="Undo", number="3", object_={"id": f"{PEER}/a/never"}), to=[HERE])

    assert here.read() == Progress(1, complete=True)
    assert here.taken() == ["2"]
    assert here.city.events.codes == ["origin", "unknown_object"]


def test_level_and_schema_are_checked():
    here = Here(schema=lambda activity: {"name": ["missing"]} if activity.id.endswith("1") else {})
    here.read()
    here.log.say(a_create(number="1"), to=[HERE])
    here.log.say(a_create(number="2"), to=[HERE])
    here.log.say(a_create(number="3", object_={"type": "Person", "id": f"{PEER}/o/3"}), to=[HERE])
    here.peer = replace(THEY, level_in=Level.READ)

    here.read()

    assert here.taken() == ["2"]
    assert here.city.events.codes == ["schema", "level"]


def test_what_is_undone_may_stand_before_on_the_same_page(here):
    here.read()
    liked = a_create(type_="Like", number="1", object_=f"{HERE}/o/known")
    here.log.say(liked, to=[HERE])
    here.log.say(a_create(type_="Undo", number="2", object_={"type": "Like", "id": liked["id"]}), to=[HERE])

    here.read()

    assert here.taken() == ["1", "2"]


def test_what_belongs_to_somebody_else_is_not_changed(here):
    here.read()
    here.city.known.attributed = {f"{PEER}/o/1": f"{PEER}/m/9"}
    taken = {"type": "Event", "id": f"{PEER}/o/1", "attributedTo": f"{PEER}/m/1"}
    here.log.say(a_create(type_="Update", object_=taken), to=[HERE])

    here.read()

    assert (here.taken(), here.city.events.codes) == ([], ["owner"])


def test_what_answers_us_is_taken(here):
    here.read()
    here.city.known.sent_to = {(f"{HERE}/a/asked", PEER)}
    here.log.say(a_create(type_="Accept", object_=f"{HERE}/a/asked"), to=[HERE])
    here.log.say(a_create(type_="Like", number="2", object_=f"{HERE}/o/known"), to=[HERE])

    here.read()

    assert here.taken() == ["1", "2"]


def test_many_entries_are_stored_in_short_transactions(here, monkeypatch):
    monkeypatch.setattr(catchup, "BATCH", 2)
    here.read()
    for number in range(5):
        here.log.say(a_create(number=str(number)), to=[HERE])
    kept = []
    keep = here.readings.keep
    here.readings.keep = lambda origin, fetched, reading: (
        kept.append((len(fetched), reading.cursor.seq)),
        keep(origin, fetched, reading),
    )

    here.read()

    assert kept == [(2, 2), (2, 4), (1, 5)]
    assert here.readings.of(PEER).cursor.hash == here.log.hashes[5]


def test_who_has_very_much_to_say_is_read_on_later(here, monkeypatch):
    monkeypatch.setattr(catchup, "MOST_PAGES", 1)

    assert here.read() == Progress(0, complete=False)
    assert here.readings.next_at[PEER] == here.city.clock()
    assert here.read() == Progress(0, complete=True)


def test_a_reading_ends_between_two_pages_when_it_is_told_to(here):
    here.log.objects = {str(n): {"type": "Event", "id": f"{PEER}/o/{n}", "cop:rev": 1} for n in range(4)}
    turns = iter([True, False])

    assert here.catch_up.read(THEY, going=lambda: next(turns)) == Progress(3, complete=False)
    assert here.readings.next_at[PEER] == here.city.clock()
    assert here.read() == Progress(1, complete=True)


def test_who_is_away_is_read_again_later_and_later(here):
    here.away = Unreachable("timeout", "cut")
    waits = []
    for _ in range(3):
        here.read()
        waits.append(here.readings.next_at[PEER] - here.city.clock())

    assert waits == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert here.errors() == "timeout"
    here.away = None
    assert here.read().complete
    assert (here.errors(), here.readings.of(PEER).failures) == (None, 0)


def test_a_peer_that_says_when_is_obeyed(here):
    here.away = Answer(503, {"retry-after": "600"}, b"{}")

    here.read()

    assert here.readings.next_at[PEER] - here.city.clock() == timedelta(minutes=10)
    assert here.errors() == "http_503"


def test_a_refusal_is_kept_by_its_code(here):
    here.read()
    here.away = Answer(403, {}, b'{"title": "not_peered"}')

    assert here.read() == Progress(0, complete=False)
    assert here.errors() == "not_peered"


def test_a_peer_that_began_anew_is_read_from_its_snapshot(here):
    here.log.say(a_create(number="1"), to=[HERE])
    here.read()
    here.log.say(a_create(number="2"), to=[HERE])
    here.log.begin_anew(keep=0)
    here.log.objects = {"1": {"type": "Event", "id": f"{PEER}/o/1", "cop:rev": 9}}
    here.asked.clear()

    assert here.read() == Progress(1, complete=True)
    assert here.asked == ["/changes", "/snapshot", "/changes"]
    assert here.readings.of(PEER).cursor.epoch == here.log.epoch


def test_a_snapshot_that_cannot_be_gone_on_with_begins_anew(here):
    here.log.objects = {str(n): {"type": "Event", "id": f"{PEER}/o/{n}", "cop:rev": 1} for n in range(4)}
    here.readings.readings[PEER] = Reading(page="another.3.0")

    assert here.read() == Progress(0, complete=False)
    assert here.errors() == "cursor"
    assert here.read() == Progress(4, complete=True)


@pytest.mark.parametrize(
    ("part", "found", "begins_anew"),
    [
        ({"prevHash": "11" * 32}, "past at 0", True),
        ({"epoch": "another"}, "epoch at 0", True),
        ({"headHash": "00" * 32}, "hash at 1", False),
        ({"items": []}, "gap at 1", False),
    ],
)
def test_a_log_that_is_not_what_it_was_is_written_down_and_not_believed(here, part, found, begins_anew):
    here.read()
    here.log.say(a_create(), to=[HERE])
    here.change = lambda page: page | part

    assert here.read() == Progress(0, complete=False)
    (event,) = here.city.events.recorded
    assert (event.code, event.detail, event.sender) == ("chain", found, PEER)
    assert here.errors() == "chain"
    assert here.taken() == []
    assert (here.readings.of(PEER).cursor is None) == begins_anew


def test_an_answer_that_is_no_page_is_refused(here):
    here.away = Answer(200, {}, b"<html>")

    here.read()

    assert here.errors() == "json_syntax"


def test_the_ports_are_whole(here):
    assert here.readings.due(at=here.city.clock()) == []
    assert here.catch_up.known([]).owners([]) == {}
