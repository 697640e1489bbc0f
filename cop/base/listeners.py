# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""One stream, and all streams of one channel; in the event loop."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from cop.base.live import Wanted


class Line(Protocol):
    """The way to one browser."""

    def write(self, part: bytes) -> bool:
        """Take a part of the answer at once; tell whether there is room for more."""

    async def drained(self) -> None:
        """Return when there is room again."""

    def when_gone(self, tell: Callable[[], None]) -> None:
        """Call `tell` when the browser goes; at once where it has gone."""

    async def allowed(self) -> bool:
        """Ask the view again."""

    def cut(self) -> None:
        """End it without waiting for what was not taken."""


class Listener:
    """One stream."""

    __slots__ = ("busy", "check_at", "full", "line", "number", "over", "version", "wanted", "written_at")

    def __init__(self, wanted: Wanted, line: Line, *, check_at: float) -> None:
        """Begin with nothing rendered; times are the loop's, in seconds."""
        self.wanted = wanted
        self.line = line
        self.number = wanted.after
        #: the version of the channel it was last rendered for
        self.version = -1
        #: something is being rendered for it, or was not taken yet
        self.busy = False
        self.full = False
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.written_at = 0.0
        self.check_at = check_at

    def end(self) -> None:
        """End the stream, also where something was sent that nobody takes."""
        if self.full:
            self.line.cut()
        if not self.over.done():
            self.over.set_result(None)


@dataclass(slots=True)
class Channel:
    """Who listens to one channel; its version rises with whatever may have changed."""

    version: int = 0
    number: int = 0
    listeners: set[Listener] = field(default_factory=set)

    def news(self, number: int) -> bool:
        """Take note of a number; tell whether it is new: PostgreSQL tells us again what we did ourselves."""
        if number <= self.number:
            return False
        self.number = number
        self.version += 1
        return True

    def begin_to_render(self) -> dict[tuple[str, int], list[Listener]]:
        """Return who is behind and free, by variant and number: they are busy from now on."""
        alike: defaultdict[tuple[str, int], list[Listener]] = defaultdict(list)
        for listener in self.listeners:
            if not listener.busy and listener.version != self.version:
                listener.busy, listener.version = True, self.version
                alike[listener.wanted.variant, listener.number].append(listener)
        return alike
