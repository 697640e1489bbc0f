# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Streams in the event loop: who listens, and what goes to whom when.

A change marks its channel. 25 ms at most pass until it is rendered: once for all listeners of a variant that have
the same number, who all get the same bytes. Who is still being sent something has their own turn later, from their
own number; nobody waits for them.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Flask

from cop.base.db import db
from cop.base.event_stream import HEARTBEAT, chunk, first_bytes
from cop.base.listeners import Channel, Line, Listener
from cop.base.live import Opening, Wanted, live_of
from cop.base.presence import Presence

TICK_S = 0.025
#: some proxies cut after 30 s
HEARTBEAT_S = 12.0
#: whether they still may is asked again between these; not of all at once
CHECK_S = (30.0, 50.0)
#: how many are there may be told a little later: hundreds come and go at once
TURN_S = 1.0
#: what failed is tried again
RETRY_S = 1.0
#: another process on SQLite can't tell: all is looked at again
LOOK_S = 2.0
#: apart from the pages' own: who listens doesn't wait for pages
THREADS = 2
log = logging.getLogger(__name__)


class Streams:
    """All streams of one web process."""

    def __init__(self, app: Flask, pages: ThreadPoolExecutor) -> None:
        """Begin; `pages` are the threads in which timers run."""
        self._app = app
        self._live = live_of(app)
        self._pages = pages
        self._renderers = ThreadPoolExecutor(THREADS, thread_name_prefix="live")
        self._one_by_one = ThreadPoolExecutor(1, thread_name_prefix="presence")
        self._channels: dict[str, Channel] = {}
        self._due: set[str] = set()
        self._turning: set[str] = set()
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._presence = Presence(self._tell_presence)
        self._loop: asyncio.AbstractEventLoop

    def start(self) -> None:
        """Begin to work, in the running loop."""
        self._loop = asyncio.get_running_loop()
        self._live.heard.append(self.mark)
        self._live.turned.append(self.turn)
        self._spawn(self._turns())
        self._spawn(self._beat())
        self._spawn(self._follow())
        for seconds, function in self._live.timers:
            self._spawn(self._every(seconds, function))

    def stop(self) -> None:
        """End all streams at once; browsers come back, each after its own pause."""
        self._live.heard.remove(self.mark)
        self._live.turned.remove(self.turn)
        for task in self._tasks:
            task.cancel()
        for listener in self._everybody():
            listener.end()
        for threads in (self._renderers, self._one_by_one):
            threads.shutdown(wait=False)

    def mark(self, channel: str, number: int) -> None:
        """Let a channel be looked at; from any thread."""
        if channel in self._channels:
            self._loop.call_soon_threadsafe(self._mark, channel, number)

    def turn(self, channel: str) -> None:
        """Let a channel be looked at that has no new number; from any thread."""
        self._loop.call_soon_threadsafe(self._turn_soon, channel)

    def _turn_soon(self, name: str) -> None:
        if name not in self._turning:
            self._turning.add(name)
            self._loop.call_later(TURN_S, self._turn, name)

    def _turn(self, name: str) -> None:
        self._turning.discard(name)
        if channel := self._channels.get(name):
            channel.version += 1
            self._look(name)

    def mark_all(self) -> None:
        """Let everything be looked at: what changed is unknown."""
        for name in self._channels:
            self._turn(name)

    def finish(self, opening: Opening) -> None:
        """Give back what an answered request had: its place, or, of a single look, the presence until the next one."""
        if opening.wanted is None:
            return
        if opening.admitted:
            self._live.give_back(opening.wanted)
        else:
            self._presence.come(opening.wanted.channel, opening.wanted.who)
            self._presence.go(opening.wanted.channel, opening.wanted.who)

    async def serve(self, wanted: Wanted, line: Line) -> None:
        """Write what is wanted, from now on, until the stream ends."""
        listener = Listener(wanted, line, check_at=_check_after(self._loop.time()))
        self._join(listener)
        try:
            self._give(listener, chunk(first_bytes()))
            line.when_gone(listener.end)
            await listener.over
        finally:
            self._leave(listener)

    def _give(self, listener: Listener, part: bytes) -> None:
        """Write at once: a task woken for each of hundreds costs more than the writing. What has ended gets nothing."""
        if listener.over.done():
            return
        listener.written_at = self._loop.time()
        if listener.line.write(part):
            self._rest(listener)
        else:
            listener.busy = listener.full = True
            self._spawn(self._wait_for(listener))

    async def _wait_for(self, listener: Listener) -> None:
        await listener.line.drained()
        listener.full = False
        self._rest(listener)

    def _join(self, listener: Listener) -> None:
        wanted = listener.wanted
        self._channels.setdefault(wanted.channel, Channel()).listeners.add(listener)
        self._presence.come(wanted.channel, wanted.who)

    def _leave(self, listener: Listener) -> None:
        wanted = listener.wanted
        channel = self._channels[wanted.channel]
        channel.listeners.remove(listener)
        if not channel.listeners:
            del self._channels[wanted.channel]
        self._presence.go(wanted.channel, wanted.who)

    def _everybody(self) -> Iterator[Listener]:
        return (listener for channel in self._channels.values() for listener in channel.listeners)

    def _mark(self, name: str, number: int) -> None:
        channel = self._channels.get(name)
        if channel and channel.news(number):
            self._look(name)

    def _look(self, channel: str) -> None:
        self._due.add(channel)
        self._wake.set()

    async def _turns(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            due, self._due = self._due, set()
            for name in due & self._channels.keys():
                for (variant, after), listeners in self._channels[name].begin_to_render().items():
                    self._spawn(self._render(name, variant, after, listeners))
            await asyncio.sleep(TICK_S)

    async def _render(self, channel: str, variant: str, after: int, listeners: list[Listener]) -> None:
        """Render once and give everybody the same bytes."""
        try:
            change = await self._loop.run_in_executor(self._renderers, self._live.render, channel, variant, after)
        except Exception:  # whatever a feature raises: these listeners are behind, not lost
            log.exception("a change can't be shown")
            self._loop.call_later(RETRY_S, self._try_again, listeners)
            return
        part = chunk(change.encode()) if change else b""
        for listener in listeners:
            if change:
                listener.number = change.number
                self._give(listener, part)
            else:
                self._rest(listener)

    def _try_again(self, listeners: list[Listener]) -> None:
        for listener in listeners:
            listener.version = -1
            self._rest(listener)

    def _rest(self, listener: Listener) -> None:
        """Nothing is on its way to a listener; perhaps something came up meanwhile."""
        listener.busy = False
        channel = self._channels.get(listener.wanted.channel)
        if channel and listener.version != channel.version:
            self._look(listener.wanted.channel)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(1)
            now = self._loop.time()
            for listener in self._everybody():
                if now >= listener.check_at:
                    listener.check_at = _check_after(now)
                    self._spawn(self._check(listener))
                if not listener.busy and now >= listener.written_at + HEARTBEAT_S:
                    self._give(listener, chunk(HEARTBEAT))

    async def _check(self, listener: Listener) -> None:
        if not await listener.line.allowed():
            listener.end()

    async def _follow(self) -> None:
        """Hear of what other processes change."""
        with self._app.app_context():
            engine = db.engine
        if engine.dialect.name == "sqlite":
            while True:
                await asyncio.sleep(LOOK_S)
                self.mark_all()
        from cop.base.notices import follow

        await follow(engine, hear=self._mark, missed=self.mark_all)

    async def _every(self, seconds: float, function: Callable[[], object]) -> None:
        while True:
            await asyncio.sleep(seconds)
            await self._loop.run_in_executor(self._pages, self._call, function)

    def _tell_presence(self, kind: str, channel: str, who: str) -> None:
        tell = getattr(self._live.source_of(channel), kind)
        if tell:
            self._loop.run_in_executor(self._one_by_one, self._call, tell, channel, who)

    def _call(self, function: Callable[..., object], *words: str) -> None:
        """Call a feature's function in a thread, in an app context; what it raises is logged."""
        with self._app.app_context():
            try:
                function(*words)
            except Exception:
                log.exception("%s failed", function.__qualname__)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("streams failed", exc_info=error)


def _check_after(now: float) -> float:
    return now + random.uniform(*CHECK_S)  # noqa: S311  spreads, hides nothing
