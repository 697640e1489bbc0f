# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Browsers that listen to a stream, and the web process they listen to."""

import asyncio
import signal
import subprocess
import sys
import time
from contextlib import asynccontextmanager, contextmanager

import requests

from tests.live.processes import free_port

WITHIN_S = 10


class BoardProcess:
    """A web process with a board; see `tests.live.board`."""

    def __init__(self, database, folder, *words):
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.log = folder / f"{self.port}.log"
        self._words = [sys.executable, "-m", "tests.live.board", str(self.port), database, *words]
        self.start()

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self._words, stdout=log, stderr=log)
        eventually(self.answers, within=60)

    def answers(self):
        assert self.process.poll() is None, self.log.read_text()[-3000:]
        try:
            return requests.get(f"{self.origin}/healthz", timeout=2).ok
        except requests.ConnectionError:
            return False

    def vote(self, name, **form):
        answer = requests.post(f"{self.origin}/board/{name}/vote", data=form, timeout=5)
        answer.raise_for_status()
        return int(answer.text)

    def text(self, path):
        answer = requests.get(f"{self.origin}{path}", timeout=5)
        answer.raise_for_status()
        return answer.text

    def end(self):
        """End it as an operator would; returns how long that took in seconds."""
        begun = time.monotonic()
        self.process.terminate()
        assert self.process.wait(20) == -signal.SIGTERM, self.log.read_text()[-3000:]
        return time.monotonic() - begun


@contextmanager
def board_process(database, folder, *words):
    process = BoardProcess(database, folder, *words)
    try:
        yield process
    finally:
        process.process.kill()
        process.process.wait()


def eventually(true, *, within=WITHIN_S):
    """Wait until something is true."""
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


class Browser:
    """One open stream, read as it comes."""

    def __init__(self, reader, writer):
        self._reader = reader
        self._writer = writer
        self.raw = b""
        self.head = b""

    async def read_head(self):
        self.head = await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), WITHIN_S)
        return self

    async def read(self):
        """Read one chunk; False at the end."""
        try:
            size = int(await self._reader.readuntil(b"\r\n"), 16)
        except asyncio.IncompleteReadError:
            return False
        self.raw += (await self._reader.readexactly(size + 2))[:size]
        return size > 0

    async def events(self, until):
        """Return the events so far, as (number, lines), once one has this number."""

        async def hear():
            while not self._found() or self._found()[-1][0] < until:
                assert await self.read(), "the stream has ended"

        await asyncio.wait_for(hear(), WITHIN_S)
        return self._found()

    async def end(self):
        """Read until the server ends the stream."""

        async def hear():
            while await self.read():
                pass

        await asyncio.wait_for(hear(), WITHIN_S)

    def _found(self):
        blocks = [block.split("\n") for block in self.raw.decode().split("\n\n")[:-1]]
        return [
            (int(lines[0].removeprefix("id: ")), [line.removeprefix("data: ") for line in lines[1:]])
            for lines in blocks
            if lines[0].startswith("id: ")
        ]

    def close(self):
        self._writer.transport.abort()


@asynccontextmanager
async def audience(process):
    """Yield how to ask for a stream; what was opened is closed."""
    opened = []

    async def listen(path, *, headers=()):
        reader, writer = await asyncio.open_connection("127.0.0.1", process.port)
        opened.append(Browser(reader, writer))
        host = f"Host: 127.0.0.1:{process.port}"
        lines = [f"GET {path} HTTP/1.1", host, "Accept: text/event-stream", *headers, "", ""]
        writer.write("\r\n".join(lines).encode())
        return await opened[-1].read_head()

    try:
        yield listen
    finally:
        for one in opened:
            one.close()
        await asyncio.sleep(0)  # lets them close
