# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Many who listen and some who vote, from one core: when does the last of them have each vote?"""

import asyncio
import time
from collections import Counter
from urllib.parse import urlsplit

import httptools

VOTERS = 16
ARRIVES_WITHIN_S = 30


class Tally:
    """Which votes everybody has by now; `number` is the last one's before they begin, and it rises with each."""

    def __init__(self, people, *, number):
        self.people = people
        self.number = number
        self.there = 0
        self.sent_at = []
        self._done_at = {}
        self._have = Counter()

    def heard(self, before, number):
        """Somebody who had everything up to `before` now has everything up to `number`."""
        for one in range(before + 1, number + 1):
            self._have[one] += 1
            if self._have[one] == self.people:
                self._done_at[one] = time.perf_counter()

    def latencies_ms(self):
        """Return how long each vote took; votes are secret, so the first that was sent is taken for the first that counted."""
        numbers = range(self.number + 1, self.number + 1 + len(self.sent_at))
        return [
            (self._done_at[number] - sent_at) * 1000
            for number, sent_at in zip(numbers, sorted(self.sent_at), strict=True)
        ]

    @property
    def complete(self):
        return self.number + len(self.sent_at) in self._done_at


class Stream(asyncio.Protocol):
    """One who listens to server-sent events; `id: <number>` says what they have."""

    def __init__(self, request, tally):
        self._request = request
        self._tally = tally
        self._number = None
        self._rest = b""

    def connection_made(self, transport):
        self.transport = transport
        transport.write(self._request)

    def data_received(self, data):
        data = self._rest + data
        if self._number is None:
            if b"event: there" not in data:
                self._rest = data
                return
            assert data.startswith(b"HTTP/1.1 200"), data[:200]
            self._number = self._tally.number
            self._tally.there += 1
        self._rest = data[-40:]
        at = data.rfind(b"\nid: ")
        end = data.find(b"\n", at + 5)
        if at >= 0 and end > 0:
            self._have(int(data[at + 5 : end]))

    def _have(self, number):
        if number > self._number:
            self._tally.heard(self._number, number)
            self._number = number


class Socket(Stream):
    """One who listens to socket.io over a WebSocket, as Engine.IO 4 has it; frames are looked for, not read."""

    def data_received(self, data):
        if self._number is None:
            assert data.startswith(b"HTTP/1.1 101"), data[:200]
            self._number = self._tally.number
            self.transport.write(_masked(b"40"))
        if b"\x81\x012" in data:
            self.transport.write(_masked(b"3"))
        data = self._rest + data
        if b'40{"sid"' in data and not self._there:
            self._there = True
            self._tally.there += 1
        at = data.rfind(b'["change",')
        end = data.find(b",", at + 10)
        if at >= 0 and end > 0:
            self._have(int(data[at + 10 : end]))
        self._rest = data[-40:]

    _there = False


def _masked(text):
    return bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text


class Voter(asyncio.Protocol):
    """A kept connection; one request after the other."""

    def connection_made(self, transport):
        self.transport = transport

    def connection_lost(self, error):
        if not self._answered.done():
            self._answered.set_exception(error or ConnectionError("the server closed the connection"))

    def ask(self, request):
        self._body = b""
        self._parser = httptools.HttpResponseParser(self)
        self._answered = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._answered

    def data_received(self, data):
        self._parser.feed_data(data)

    def on_body(self, body):
        self._body += body

    def on_message_complete(self):
        if not self._answered.done():
            self._answered.set_result((self._parser.get_status_code(), self._body))


async def join(kind, origin, requests, tally):
    """Let everybody come at once; returns how long it took until all were there, in seconds, and their connections."""
    address, loop = urlsplit(origin), asyncio.get_running_loop()
    begun = time.perf_counter()
    opened = [
        loop.create_connection(lambda request=request: kind(request, tally), address.hostname, address.port)
        for request in requests
    ]
    lines = [protocol for _, protocol in await asyncio.gather(*opened)]
    await _until(lambda: tally.there == tally.people)
    return time.perf_counter() - begun, lines


async def vote(origin, requests, tally, *, per_second):
    """Send these votes, so many a second, and wait until everybody has all of them."""
    address, loop = urlsplit(origin), asyncio.get_running_loop()
    voters = [await loop.create_connection(Voter, address.hostname, address.port) for _ in range(VOTERS)]
    free = asyncio.Queue()
    for _, protocol in voters:
        free.put_nowait(protocol)
    votes = [
        asyncio.ensure_future(_vote(request, free, tally, number / per_second))
        for number, request in enumerate(requests)
    ]
    await asyncio.gather(*votes)
    await _until(lambda: tally.complete)
    for transport, _ in voters:
        transport.close()


async def _vote(request, free, tally, after):
    await asyncio.sleep(after)
    sent_at = time.perf_counter()
    voter = await free.get()
    status, body = await voter.ask(request)
    free.put_nowait(voter)
    assert status == 200, (status, body[:200])
    tally.sent_at.append(sent_at)


async def read_again_and_again(origin, request, *, connections):
    """Keep the server busy with a page until cancelled."""
    address, loop = urlsplit(origin), asyncio.get_running_loop()

    async def read():
        transport, reader = await loop.create_connection(Voter, address.hostname, address.port)
        try:
            while True:
                status, _ = await reader.ask(request)
                assert status == 200, status
        finally:
            transport.close()

    await asyncio.gather(*(read() for _ in range(connections)))


async def _until(true):
    deadline = time.perf_counter() + ARRIVES_WITHIN_S
    while not true():
        assert time.perf_counter() < deadline, "not everybody has everything"
        await asyncio.sleep(0.001)
