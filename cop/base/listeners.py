# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""One stream, and all streams of one channel; in the event loop."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from cop.base.live import Wanted


@dataclass(frozen=True, slots=True)
class Line:
    """The way to one browser."""

    send: Callable[[bytes], Awaitable[None]]
    """Returns when there is room for more."""
    gone: Callable[[], Awaitable[None]]
    """Returns when the browser has gone."""
    allowed: Callable[[], Awaitable[bool]]
    """Asks the view again."""
    cut: Callable[[], None]
    """Ends it without waiting for what was not taken."""


class Listener:
    """One stream."""

    __slots__ = ("busy", "check_at", "ended", "given", "line", "number", "sending", "version", "wanted", "written_at")

    def __init__(self, wanted: Wanted, line: Line, *, now: float, check_at: float) -> None:
        """Begin with nothing rendered; both times are the loop's, in seconds."""
        self.wanted = wanted
        self.line = line
        self.number = wanted.after
        #: the version of the channel it was last rendered for
        self.version = -1
        #: something is being rendered for it, or sent
        self.busy = True
        self.sending = False
        self.ended = False
        self.given: asyncio.Future[bytes]
        self.wait(now)
        self.check_at = check_at

    def wait(self, now: float) -> None:
        """Be ready for the next part; the last one is sent."""
        self.given = asyncio.get_running_loop().create_future()
        self.written_at = now

    def give(self, part: bytes) -> None:
        """Hand over what is to be sent next."""
        self.busy = True
        if not self.given.done():
            self.given.set_result(part)

    def end(self) -> None:
        """End the stream, also where something is being sent that nobody takes."""
        self.ended = True
        if self.sending:
            self.line.cut()
        self.give(b"")


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
