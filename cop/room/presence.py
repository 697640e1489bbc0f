# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""How many are in a room: counted in the memory of this process, written down nowhere."""

import time
from collections import defaultdict

from cop.base import live

#: who listens is told within this time after somebody came or went
LATELY_S = 3.0
_there: dict[str, set[str]] = defaultdict(set)
_changed_at: dict[str, float] = {}


def arrived(channel: str, who: str) -> None:
    """Count somebody who came."""
    _there[channel].add(who)
    _tell(channel)


def left(channel: str, who: str) -> None:
    """Don't count somebody any more who went; of an empty room nothing is kept."""
    _there[channel].discard(who)
    if not _there[channel]:
        del _there[channel]
        _changed_at.pop(channel, None)
    else:
        _tell(channel)


def number(channel: str) -> int:
    """Return how many are there."""
    return len(_there.get(channel, ()))


def changed_lately(channel: str) -> bool:
    """Tell whether somebody came or went a moment ago."""
    return time.monotonic() - _changed_at.get(channel, -LATELY_S) < LATELY_S


def _tell(channel: str) -> None:
    _changed_at[channel] = time.monotonic()
    live.turned(channel)
