# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Streams of a real web process."""

import asyncio
import socket
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from sqlalchemy import create_engine, text

from tests.databases import fresh_database
from tests.live.listening import audience, board_process, eventually

pytestmark = pytest.mark.live
EVERY_VARIANT = ("member", "moderator")
LARGE = "x" * 500_000


@pytest.fixture(scope="module")
def board(template, tmp_path_factory):
    """A web process with two boards on a database of its own."""
    folder = tmp_path_factory.mktemp("board")
    with board_process(fresh_database(template, folder / "reihum.sqlite"), folder, "quick") as process:
        yield process


def last_number(board, name="one"):
    return board.vote(name, text="before")


async def many(listen, number, path):
    """Each of them somebody else."""
    mark = "&" if "?" in path else "?"
    return await asyncio.gather(*(listen(f"{path}{mark}who=person-{one}") for one in range(number)))


def test_fifty_streams_get_each_change_once_and_in_order(board):
    before = last_number(board)

    async def meet():
        async with audience(board) as listen:
            there = await many(listen, 50, f"/board/one/live?after={before}")
            for number in range(30):
                await asyncio.to_thread(board.vote, "one", text=f"vote {number}")
            return [await one.events(before + 30) for one in there]

    heard = asyncio.run(meet())

    votes = [[line for _, lines in events for line in lines] for events in heard]
    assert votes == [[f"vote {number}" for number in range(30)]] * 50
    assert all([number for number, _ in events] == sorted({number for number, _ in events}) for events in heard)


def test_who_comes_back_gets_only_what_they_missed(board):
    before = last_number(board)
    board.vote("one", text="seen")
    board.vote("one", text="missed")

    async def come_back():
        async with audience(board) as listen:
            there = await listen(f"/board/one/live?after={before}", headers=[f"Last-Event-ID: {before + 1}"])
            return await there.events(before + 2)

    assert asyncio.run(come_back()) == [(before + 2, ["missed"])]


def test_what_another_variant_may_see_is_in_nobody_elses_bytes(board):
    before = last_number(board)

    async def hear():
        async with audience(board) as listen:
            there = {role: await listen(f"/board/one/live?as={role}&after={before}") for role in EVERY_VARIANT}
            for number in range(5):
                await asyncio.to_thread(board.vote, "one", text=f"vote {number}", secret="SECRET")
            for one in there.values():
                await one.events(before + 5)
            return {role: one.head + one.raw for role, one in there.items()}

    raw = asyncio.run(hear())

    assert raw["moderator"].count(b"SECRET") == 5
    assert raw["member"].count(b"SECRET") == 0


def test_a_stream_says_that_nobody_may_keep_or_collect_it(board):
    async def head():
        async with audience(board) as listen:
            there = await listen("/board/one/live")
            return there.head.decode().lower().splitlines()

    lines = asyncio.run(head())

    wanted = {"cache-control: no-store", "x-accel-buffering: no", "content-type: text/event-stream; charset=utf-8"}
    assert lines[0] == "http/1.1 200 ok"
    assert wanted <= set(lines)
    assert not any(line.startswith("content-length") for line in lines)


def test_a_silent_stream_has_a_heartbeat(board):
    before = last_number(board, "two")

    async def hear():
        async with audience(board) as listen:
            there = await listen(f"/board/two/live?after={before}")
            await asyncio.wait_for(beat(there), 5)
            return there.raw

    async def beat(there):
        while b"\n:\n\n" not in there.raw:
            assert await there.read()

    assert asyncio.run(hear()).partition(b"\n\n")[2] == b":\n\n"


def test_a_poll_has_the_bytes_a_stream_would_begin_with(board):
    before = last_number(board)
    board.vote("one", text="new")

    async def hear():
        async with audience(board) as listen:
            there = await listen(f"/board/one/live?after={before}")
            await there.events(before + 1)
            return there.raw

    polled = requests.get(f"{board.origin}/board/one/live?after={before}", timeout=5).content

    assert polled.partition(b"\n\n")[2] == asyncio.run(hear()).partition(b"\n\n")[2]


def test_who_reads_nothing_delays_nobody_and_is_cut(board):
    before = last_number(board)
    with takes_nothing(board, f"/board/one/live?after={before}&who=slow"):
        eventually(lambda: "board:one slow" in board.text("/board/present"))

        delays = asyncio.run(vote_and_wait(board, before))

        assert max(delays) < 1
        eventually(lambda: "board:one slow" not in board.text("/board/present"))


async def vote_and_wait(board, before):
    """Vote fifteen times; returns how long each took to reach somebody who reads, in seconds."""
    async with audience(board) as listen:
        there = await listen(f"/board/one/live?after={before}")
        delays = []
        for number in range(15):
            begun = time.monotonic()
            await asyncio.to_thread(board.vote, "one", text=LARGE if number < 12 else "small")
            await there.events(before + number + 1)
            delays.append(time.monotonic() - begun)
        return delays


def test_who_leaves_without_a_word_frees_everything(board):
    eventually(lambda: board.text("/board/open") == "0")
    files_before = open_files(board)

    async def come_and_go():
        async with audience(board) as listen:
            await many(listen, 200, f"/board/one/live?after={10**9}")
            assert await asyncio.to_thread(board.text, "/board/open") == "200"

    asyncio.run(come_and_go())

    eventually(lambda: board.text("/board/open") == "0")
    eventually(lambda: open_files(board) <= files_before + 20)


def open_files(board):
    return len(list(Path(f"/proc/{board.process.pid}/fd").iterdir()))


def test_five_hundred_join_within_a_few_seconds(board):
    before = last_number(board)
    board.vote("one", text="there already")

    async def join():
        async with audience(board) as listen:
            begun = time.monotonic()
            there = await many(listen, 500, f"/board/one/live?after={before}")
            heard = [await one.events(before + 1) for one in there]
            took = time.monotonic() - begun
            return heard, took

    heard, took = asyncio.run(join())

    assert heard == [[(before + 1, ["there already"])]] * 500
    assert took < 10


def test_a_seventh_window_of_one_person_is_refused_in_words(board):
    async def open_seven():
        async with audience(board) as listen:
            there = [await listen("/board/two/live?who=anna") for _ in range(7)]
            return [one.head.split(b" ")[1] for one in there]

    assert asyncio.run(open_seven()) == [b"200"] * 6 + [b"429"]
    eventually(lambda: "anna" not in board.text("/board/present"))


def test_the_hundred_and_first_from_one_address_is_refused_also_when_all_come_at_once(board):
    async def open_many():
        async with audience(board) as listen:
            there = await asyncio.gather(*(listen("/board/two/live") for _ in range(120)))
            return Counter(one.head.split(b" ")[1] for one in there)

    assert asyncio.run(open_many()) == {b"200": 100, b"429": 20}
    eventually(lambda: board.text("/board/open") == "0")


def test_presence_lasts_through_a_reload_and_ends_after_a_while(board):
    async def reload():
        async with audience(board) as listen:
            first = await listen("/board/two/live?who=bram")
            first.close()
            await listen("/board/two/live?who=bram")
            return await asyncio.to_thread(board.text, "/board/present")

    assert "board:two bram" in asyncio.run(reload())
    eventually(lambda: "bram" not in board.text("/board/present"))


def test_who_polls_is_there_too(board):
    board.text("/board/two/live?who=carla")

    eventually(lambda: "carla" in board.text("/board/present"))
    eventually(lambda: "carla" not in board.text("/board/present"))


def test_a_stream_ends_when_its_view_says_no(board):
    async def hear():
        async with audience(board) as listen:
            there = await listen("/board/gone/live")
            await asyncio.to_thread(requests.post, f"{board.origin}/board/gone/close", timeout=5)
            await there.end()

    asyncio.run(hear())


def test_a_source_that_fails_keeps_nobody_else_from_hearing(board):
    before = last_number(board, "two")

    async def hear():
        async with audience(board) as listen:
            await listen(f"/board/two/live?as=broken&after={before}")
            there = await listen(f"/board/two/live?after={before}")
            await asyncio.to_thread(board.vote, "two", text="heard")
            return await there.events(before + 1)

    assert asyncio.run(hear()) == [(before + 1, ["heard"])]


def test_what_is_due_is_called_again_and_again(board):
    called = int(board.text("/board/calls"))

    eventually(lambda: int(board.text("/board/calls")) > called + 3)


def test_being_told_to_end_ends_fifty_streams_at_once_and_one_that_takes_nothing(database, tmp_path):
    with board_process(database, tmp_path) as board, takes_nothing(board, "/board/one/live?who=slow"):
        eventually(lambda: board.text("/board/open") == "1")

        async def stay():
            async with audience(board) as listen:
                there = await many(listen, 50, "/board/two/live")
                for _ in range(12):
                    await asyncio.to_thread(board.vote, "one", text=LARGE)
                ending = asyncio.create_task(asyncio.to_thread(board.end))
                await asyncio.gather(*(one.end() for one in there))
                return await ending

        took = asyncio.run(stay())

    assert took < 2


def test_two_processes_tell_each_other(database, tmp_path):
    """On PostgreSQL at once, also after the connection broke; on SQLite within seconds, by looking."""
    with board_process(database, tmp_path) as here, board_process(database, tmp_path) as there:

        async def hear():
            async with audience(here) as listen:
                one = await listen("/board/one/live")
                await asyncio.to_thread(there.vote, "one", text="from next door")
                await one.events(1)
                break_notices(database)
                await asyncio.to_thread(there.vote, "one", text="once more")
                return await one.events(2)

        assert asyncio.run(hear()) == [(1, ["from next door"]), (2, ["once more"])]


def break_notices(database):
    """Break the connections on which processes hear of each other; SQLite has none."""
    engine = create_engine(database)
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            listening = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN reihum_live'"
            assert len(connection.execute(text(listening)).all()) >= 2
    engine.dispose()


@contextmanager
def takes_nothing(board, path):
    """A browser that asks for a stream and never reads; its window is full after some large events."""
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", board.port))
        host = f"Host: 127.0.0.1:{board.port}"
        slow.sendall(f"GET {path} HTTP/1.1\r\n{host}\r\nAccept: text/event-stream\r\n\r\n".encode())
        yield
