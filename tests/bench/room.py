# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A vote until the last of all who listen has it: each is a request, a commit, and a change for everybody."""

import asyncio
import re
import sys
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import uvloop

from cop.accounts import services as accounts
from cop.accounts.guard import csrf_token
from cop.accounts.session import cookie_name, keyed_hash
from cop.communities.rules import Membership, Role
from cop.room.services.dots import open_dots
from cop.room.services.moderation import require_moderation
from cop.room.services.opening import prepare
from cop.rotation.roles import MODERATOR
from tests.bench import audience, socketio
from tests.bench.city import a_city, serving
from tests.bench.figure import Figure, percentile
from tests.bench.load import on_core, request_bytes
from tests.builders import a_community, a_meeting, a_record, a_topic, a_turn, an_account

PER_SECOND = 50
READERS = 4
VOTERS = 20
TOPICS = 20
#: what the bare server says to everybody
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
    """What is measured: how its listeners connect, who votes how, and the last vote's number."""

    origin: str
    pid: int
    kind: type
    #: person, last number -> request
    listen: Callable
    #: a vote's place -> request
    vote: Callable
    number: int = 0

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
    with _room(2 * size.people) as (ours, page), on_core(-1):
        _meet(ours, people=size.people // 5, votes=20)  # the first ones build statements, in every thread
        usual = _meet(ours, people=size.people, votes=size.votes)
        busy = _meet(ours, people=size.people, votes=size.votes, page=page)
        many = _meet(ours, people=2 * size.people, votes=size.votes)
    bare = _bare(size)
    conditions = (
        f"{size.votes} votes, {PER_SECOND} a second, each a form of one of {VOTERS} people, committed; SQLite WAL,"
        " synchronous=FULL; server and load on a core each"
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
def _room(people):
    """A web process with a room in which dots are open, and a page that a member reads there."""
    with a_city() as city:
        meeting_id, cards, number = _fill(city, people)
        cookies = [{"cookie": f"{_cookie_name(city)}={_token(person)}"} for person in range(people)]
        tokens = [_form_token(city, cookie) for cookie in cookies[:VOTERS]]
        with serving(city) as origin:
            meeting = f"{origin}/meetings/{meeting_id}"

            def listen(person, after):
                headers = cookies[person] | {"accept": "text/event-stream", "accept-language": "de"}
                return request_bytes("GET", f"{meeting}/room/live?after={after}", headers=headers)

            def vote(place):
                """Everybody in turn puts a dot on a topic, and takes it away the next time."""
                turn, voter = divmod(place, VOTERS)
                form = {"csrf_token": tokens[voter], "card": cards[voter % len(cards)], "number": (turn + 1) % 2}
                headers = cookies[voter] | FORM | {"hx-request": "true"}
                return request_bytes("POST", f"{meeting}/room/dots", headers=headers, body=urlencode(form).encode())

            pid = city.processes.running["serve"].pid
            yield (
                Side(origin, pid, audience.Stream, listen, vote, number),
                request_bytes("GET", meeting, headers=cookies[0]),
            )


def _fill(city, people):
    """Let everybody sign in and the moderator open the dots; returns the meeting's id, the topics, the last number."""
    with city.filling():
        community = a_community("Wort")
        meeting = a_meeting(community, title="Wort", starts_in=timedelta(minutes=14))
        members = [a_record(community, f"Person {number}") for number in range(people)]
        for number, record in enumerate(members):
            account = an_account(record.person)
            accounts.open_session(account.id, token_hash=keyed_hash(_token(number)), device="bench", id_token="")
        leads = Membership(community.id, members[0].person_id, Role.MEMBER)
        a_turn(meeting, MODERATOR, leads)
        cards = [str(a_topic(meeting, leads, f"Thema {number}").id) for number in range(TOPICS)]
        room = prepare(meeting, leads)
        open_dots(room, require_moderation(room, leads))
        return meeting.id, cards, room.number


def _token(person):
    return f"a-session-of-person-{person}"


def _cookie_name(city):
    with city.app.app_context():
        return cookie_name("session")


def _form_token(city, cookie):
    with city.app.test_request_context(base_url=city.origin, headers=cookie):
        return csrf_token()


def _bare(size):
    if not socketio.is_installed():
        print("socket.io is not installed: `make bench` does it, where there is a registry of npm.", file=sys.stderr)
        return None
    with socketio.socketio_server() as process, on_core(-1):
        join = request_bytes("GET", f"{process.origin}/socket.io/?EIO=4&transport=websocket", headers=UPGRADE)
        said = request_bytes("POST", f"{process.origin}/vote", headers=FORM, body=f"text={TEXT}".encode())
        side = Side(process.origin, process.pid, audience.Socket, lambda *_: join, lambda _: said)
        _meet(side, people=2, votes=20)
        return _meet(side, people=size.people, votes=size.votes)


def _meet(side, *, people, votes, page=None):
    return uvloop.run(_hold(side, people, votes, page))


async def _hold(side, people, votes, page):
    """Let everybody join, and some of them vote."""
    tally = audience.Tally(people, number=side.number)
    before = side.resident_kib()
    joined_s, lines = await audience.join(
        side.kind, side.origin, [side.listen(one, side.number) for one in range(people)], tally
    )
    kib_per_stream = (side.resident_kib() - before) / people
    readers = page and asyncio.ensure_future(audience.read_again_and_again(side.origin, page, connections=READERS))
    await audience.vote(side.origin, [side.vote(one) for one in range(votes)], tally, per_second=PER_SECOND)
    if readers:
        readers.cancel()
        with suppress(asyncio.CancelledError):
            await readers
    for line in lines:
        line.transport.close()
    await asyncio.sleep(0)  # lets them close
    side.number += votes
    return Meeting(tally.latencies_ms(), joined_s, kib_per_stream)
