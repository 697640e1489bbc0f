# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A vote until the last of all who listen has it: each is a request, a commit, and a change for everybody."""

import asyncio
import re
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import uvloop

from tests.bench import audience, socketio
from tests.bench.city import a_city, other_process
from tests.bench.figure import Figure, percentile
from tests.bench.load import on_core, request_bytes
from tests.bench.world import TOKEN, World

PER_SECOND = 50
READERS = 4
#: about a card of the board
TEXT = "x" * 1000
FORM = {"content-type": "application/x-www-form-urlencoded"}
#: what a WebSocket begins with (RFC 6455, section 4.1); socket.io asks for nothing else
UPGRADE = {
    "connection": "Upgrade",
    "upgrade": "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@dataclass
class Side:
    """What is measured: how its listeners connect, where one votes, and the last vote's number."""

    origin: str
    kind: type
    path: str
    headers: dict
    vote: str
    pid: int
    number: int = 0

    def listeners(self, people):
        paths = [self.path.format(person=person, number=self.number) for person in range(people)]
        return [request_bytes("GET", self.origin + path, headers=self.headers) for path in paths]

    def votes(self, number):
        return [request_bytes("POST", self.origin + self.vote, headers=FORM, body=f"text={TEXT}".encode())] * number

    def resident_kib(self):
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])


@dataclass(frozen=True)
class Meeting:
    """What came of it."""

    latencies_ms: list
    joined_s: float
    kib_per_stream: float

    def p(self, percent):
        return percentile(self.latencies_ms, percent)


def measure(size):
    """Measure ours, and beside it in the same run a bare socket.io server where it is installed."""
    with _board() as (ours, page), on_core(-1):
        _meet(ours, people=2, votes=20)  # the first ones build statements
        usual = _meet(ours, people=size.people, votes=size.votes)
        busy = _meet(ours, people=size.people, votes=size.votes, page=page)
        many = _meet(ours, people=2 * size.people, votes=size.votes)
    bare = _bare(size)
    conditions = (
        f"{size.votes} votes, {PER_SECOND} a second, each committed, {len(TEXT)} bytes to everybody, SQLite WAL,"
        " synchronous=FULL, server and load on a core each"
    )
    beside = "a bare socket.io server, nothing stored" if bare else "the figure to stay under"
    people = f"{size.people} people, {conditions}"
    pages = f"{people}; {READERS} connections read a meeting's page all the time"
    twice = f"{2 * size.people} people, {conditions}"
    yield Figure("room.vote_to_all_p50_ms", usual.p(50), "ms", beside, bare.p(50) if bare else 60, people)
    yield Figure("room.vote_to_all_p99_ms", usual.p(99), "ms", beside, bare.p(99) if bare else 60, people)
    yield Figure("room.vote_busy_p99_ms", busy.p(99), "ms", beside, bare.p(99) if bare else 100, pages)
    yield Figure("room.vote_1000_p99_ms", many.p(99), "ms", beside, bare.p(99) if bare else 120, twice)
    yield Figure("room.kib_per_stream", usual.kib_per_stream, "KiB", "the figure to stay under", 20, people)
    yield Figure("room.join_s", usual.joined_s, "s", "the figure to stay under", 3, f"{size.people} people at once")


@contextmanager
def _board():
    """A web process of the product with a board to vote on, and a page that a member reads there."""
    with a_city() as city:
        world = World(city.app)
        command = [sys.executable, "-m", "tests.live.board"]
        with other_process(lambda port, _: [*command, port, city.settings.database]) as process:
            cookie = {"cookie": f"reihum-{urlsplit(process.origin).port}-session={TOKEN}"}
            page = request_bytes("GET", f"{process.origin}/meetings/{world.ids['meeting_id']}", headers=cookie)
            headers = {"accept": "text/event-stream"}
            listen = "/board/one/live?who=person-{person}&after={number}"
            yield Side(process.origin, audience.Stream, listen, headers, "/board/one/vote", process.pid), page


def _bare(size):
    if not socketio.is_installed():
        print("socket.io is not installed: `make bench` does it, where there is a registry of npm.", file=sys.stderr)
        return None
    with socketio.socketio_server() as process, on_core(-1):
        path = "/socket.io/?EIO=4&transport=websocket"
        side = Side(process.origin, audience.Socket, path, UPGRADE, "/vote", process.pid)
        _meet(side, people=2, votes=20)
        return _meet(side, people=size.people, votes=size.votes)


def _meet(side, *, people, votes, page=None):
    return uvloop.run(_hold(side, people, votes, page))


async def _hold(side, people, votes, page):
    """Let everybody join, and some of them vote."""
    tally = audience.Tally(people, number=side.number)
    before = side.resident_kib()
    joined_s, lines = await audience.join(side.kind, side.origin, side.listeners(people), tally)
    kib_per_stream = (side.resident_kib() - before) / people
    readers = page and asyncio.ensure_future(audience.read_again_and_again(side.origin, page, connections=READERS))
    await audience.vote(side.origin, side.votes(votes), tally, per_second=PER_SECOND)
    if readers:
        readers.cancel()
        with suppress(asyncio.CancelledError):
            await readers
    for line in lines:
        line.transport.close()
    await asyncio.sleep(0)  # lets them close
    side.number = max(tally.sent_at)
    return Meeting(tally.latencies_ms(), joined_s, kib_per_stream)
