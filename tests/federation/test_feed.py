# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a peer reads: pages that close the chain, and pages that are refused."""

import pytest

from federation import strict_json
from federation.chain import START, BrokenChain
from federation.errors import Refused
from federation.feed import (
    LIMIT,
    MAX_LIMIT,
    Cursor,
    Pages,
    changes_path,
    read_changes,
    read_snapshot,
    snapshot_path,
)
from federation.memory_feed import OwnLog
from federation.ports import Level, Peer, PeerState
from tests.federation.peer_cities import HERE, OTHER, PEER, a_create

READER = Peer(PEER, PeerState.ACTIVE, Level.WORK, Level.WORK)


@pytest.fixture
def log():
    """Five things said: the third to another city only."""
    log = OwnLog(HERE)
    for number in range(1, 6):
        log.say(a_create(HERE, str(number)), to=[OTHER] if number == 3 else [PEER, OTHER])
    return log


def query(path):
    return dict(part.split("=") for part in path.partition("?")[2].split("&") if part)


def start(log):
    return Cursor(log.epoch, 0, START)


def page_after(log, cursor, **more):
    asked = query(changes_path(cursor)) | {name: str(value) for name, value in more.items()}
    return strict_json.loads(strict_json.dumps(Pages(log).changes(READER, asked)))


def test_a_page_is_what_the_protocol_says(log):
    page = page_after(log, start(log), limit=3)

    salt, entry = log.entries[0][0].salt, log.entries[2][0]
    assert page.keys() == {"epoch", "items", "prevHash", "headSeq", "headHash", "next"}
    assert page["items"][0] == {"seq": 1, "salt": salt.hex(), "activity": a_create(HERE, "1")}
    assert page["items"][2] == {"seq": 3, "commitment": entry.commitment.hex()}
    assert (page["prevHash"], page["headSeq"], page["headHash"]) == (START.hex(), 5, log.hashes[5].hex())
    assert (page["epoch"], page["next"]) == (log.epoch, 3)


def test_pages_are_read_on_to_the_end(log):
    cursor, seen = start(log), []
    for _ in range(3):
        links, cursor, head = read_changes(page_after(log, cursor, limit=2), cursor=cursor)
        seen += [(link.seq, link.activity is not None) for link in links]

    assert seen == [(1, True), (2, True), (3, False), (4, True), (5, True)]
    assert (cursor, head) == (Cursor(log.epoch, 5, log.hashes[5]), 5)
    assert "next" not in page_after(log, cursor)
    assert read_changes(page_after(log, cursor), cursor=cursor) == ([], cursor, 5)


def test_who_reads_has_what_is_up_to_the_cursor(log):
    page_after(log, Cursor(log.epoch, 3, log.hashes[3]))

    assert log.receipts == {PEER: 3}


def test_a_page_has_room_for_a_mebibyte(log):
    for number in range(6, 12):
        log.say(a_create(HERE, str(number), object_={"id": f"{HERE}/o/1", "content": "ä" * 200_000}), to=[PEER])

    page = page_after(log, start(log), limit=MAX_LIMIT)

    assert len(strict_json.dumps(page)) < strict_json.MAX_BODY
    assert [item["seq"] for item in page["items"]] == [1, 2, 3, 4, 5, 6, 7]
    assert page["next"] == 7


@pytest.mark.parametrize(
    "asked",
    [
        {"since": "-1"},
        {"since": "1e3"},
        {"since": "01"},
        {"since": "9007199254740992"},
        {"since": "99999999999999999999"},
        {"limit": "0"},
        {"limit": str(MAX_LIMIT + 1)},
        {"since": "1", "hash": "zz"},
        {"since": "1", "hash": "ab"},
        {"since": "1"},
    ],
)
def test_what_cannot_be_meant_is_refused(log, asked):
    with pytest.raises(Refused) as refusal:
        Pages(log).changes(READER, asked)

    assert refusal.value.status == 400


def test_without_a_wish_there_are_a_hundred(log):
    for number in range(6, LIMIT + 20):
        log.say(a_create(HERE, str(number)), to=[])

    assert len(Pages(log).changes(READER, {})["items"]) == LIMIT


@pytest.mark.parametrize("wrong", ["epoch", "hash", "seq"])
def test_a_cursor_that_is_no_place_in_the_log_is_told_the_way_on(log, wrong):
    cursor = {
        "epoch": Cursor("another", 2, log.hashes[2]),
        "hash": Cursor(log.epoch, 2, log.hashes[1]),
        "seq": Cursor(log.epoch, 9, log.hashes[5]),
    }[wrong]

    with pytest.raises(Refused) as refusal:
        page_after(log, cursor)

    assert refusal.value.status == 410
    assert refusal.value.problem["snapshot"] == f"{HERE}/snapshot"


def changed(page, **parts):
    return {name: value for name, value in (page | parts).items() if value is not None}


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        (lambda page: changed(page, epoch="another"), "epoch at 1"),
        (lambda page: changed(page, prevHash="00" * 32), "past at 1"),
        (lambda page: changed(page, headHash="00" * 32), "hash at 5"),
        (lambda page: changed(page, headSeq=3), "gap at 6"),
        (lambda page: changed(page, items=[]), "gap at 2"),
        (lambda page: changed(page, items=page["items"][1:]), "gap at 2"),
        (lambda page: changed(page, items=[*page["items"][:1], *page["items"][2:]]), "gap at 3"),
        (lambda page: changed(page, items=page["items"][::-1]), "gap at 2"),
        (
            lambda page: changed(
                page, items=[page["items"][0] | {"activity": a_create(HERE, "9")}, *page["items"][1:]]
            ),
            "hash at 5",
        ),
    ],
)
def test_a_page_that_does_not_close_the_chain_is_found(log, change, broken):
    cursor = Cursor(log.epoch, 1, log.hashes[1])
    page = page_after(log, cursor)

    with pytest.raises(BrokenChain, match=broken):
        read_changes(change(page), cursor=cursor)


@pytest.mark.parametrize(
    "parts",
    [
        {"epoch": None},
        {"epoch": 7},
        {"epoch": "x" * 201},
        {"items": None},
        {"items": {}},
        {"items": [7]},
        {"items": [{"seq": "1"}]},
        {"items": [{"seq": True, "commitment": "00" * 32}]},
        {"items": [{"seq": 2}]},
        {"items": [{"seq": 2, "commitment": "00" * 31}]},
        {"items": [{"seq": 2, "salt": "00", "activity": "x"}]},
        {"items": [{"seq": 2, "salt": "xy", "activity": {}}]},
        {"items": [{"seq": 2, "salt": "00", "activity": {"a": 2**53}}]},
        {"prevHash": "00"},
        {"headSeq": -1},
        {"headSeq": 1.0},
    ],
)
def test_a_page_of_another_shape_is_refused(log, parts):
    cursor = Cursor(log.epoch, 1, log.hashes[1])

    with pytest.raises(Refused) as refusal:
        read_changes(changed(page_after(log, cursor), **parts), cursor=cursor)

    assert refusal.value.status == 400


def test_a_snapshot_is_read_page_by_page_and_ends_in_a_cursor(log):
    log.objects = {str(number): {"id": f"{HERE}/o/{number}"} for number in range(5)}
    first = read_snapshot(Pages(log).snapshot(READER, {}))
    log.say(a_create(HERE, "6"), to=[PEER])
    second = read_snapshot(Pages(log).snapshot(READER, query(snapshot_path(first.next))))

    assert [*first.documents, *second.documents] == list(log.objects.values())
    assert (first.cursor, second.next) == (None, None)
    assert second.cursor == Cursor(log.epoch, 5, log.hashes[5])
    assert snapshot_path("") == "/snapshot"


@pytest.mark.parametrize(
    "parts", [{"next": 7}, {"next": ""}, {"next": "a/b"}, {"items": [7]}, {"seq": None}, {"hash": "00"}, {"epoch": 1}]
)
def test_a_snapshot_of_another_shape_is_refused(log, parts):
    page = Pages(log).snapshot(READER, {})

    with pytest.raises(Refused) as refusal:
        read_snapshot(changed(page, **parts))

    assert refusal.value.status == 400


def test_an_endless_token_is_refused(log):
    with pytest.raises(Refused, match="page"):
        Pages(log).snapshot(READER, {"page": "x" * 201})


@pytest.mark.parametrize("document", [None, [], "text"])
def test_what_is_no_page_is_refused(log, document):
    with pytest.raises(Refused):
        read_changes(document, cursor=start(log))
    with pytest.raises(Refused):
        read_snapshot(document)
