# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who is there: in the memory of one process, nowhere else."""

import asyncio
from collections import Counter
from collections.abc import Callable

#: a reload, a tunnel, or the next poll of a page without a stream
GRACE_S = 10.0


class Presence:
    """Counts what each person has open on a channel; lives in the event loop.

    `tell(kind, channel, who)` is called with "arrived" when somebody's first stream opens, and with "left" when they
    have had none for ten seconds.
    """

    def __init__(self, tell: Callable[[str, str, str], None]) -> None:
        self._tell = tell
        self._open: Counter[tuple[str, str]] = Counter()
        self._leaving: dict[tuple[str, str], asyncio.TimerHandle] = {}

    def come(self, channel: str, who: str) -> None:
        if not who:
            return
        if leaving := self._leaving.pop((channel, who), None):
            leaving.cancel()
        elif not self._open[channel, who]:
            self._tell("arrived", channel, who)
        self._open[channel, who] += 1

    def go(self, channel: str, who: str) -> None:
        if not who:
            return
        self._open[channel, who] -= 1
        if not self._open[channel, who]:
            del self._open[channel, who]
            loop = asyncio.get_running_loop()
            self._leaving[channel, who] = loop.call_later(GRACE_S, self._left, channel, who)

    def _left(self, channel: str, who: str) -> None:
        del self._leaving[channel, who]
        self._tell("left", channel, who)
