# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Time in the room: rounds of a topic, the vote on more time, what still fits."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

from cop.room.rules.board import Outcome

#: how long people have to say whether a topic goes on
VOTE_TAKES = timedelta(seconds=30)
#: between two topics people laugh, look for notes, begin anew
BETWEEN = timedelta(minutes=1)


class Thumb(StrEnum):
    """What one says to more time."""

    KEEP_GOING = "keep_going"
    NEUTRAL = "neutral"
    NEXT = "next"


def outcome(thumbs: Counter[Thumb]) -> Outcome:
    """Decide whether a topic goes on: only when more want that than the next topic.

    "Neutral" and silence do not count; a tie moves on (lean coffee; PRODUCT.md, 6a).
    """
    on, over = thumbs[Thumb.KEEP_GOING], thumbs[Thumb.NEXT]
    if on == over:
        return Outcome.TIE
    return Outcome.CONTINUE if on > over else Outcome.NEXT


def topics_in(left: timedelta, first_round: timedelta) -> int:
    """Return about how many more topics have time in what is left of a phase: each its first round and a minute."""
    return max(int(left / (first_round + BETWEEN)), 0)


def length_of_round(boxes: Sequence[int], number: int) -> timedelta | None:
    """Return how long a topic's round is, counted from 1; None where no more is left."""
    return timedelta(minutes=boxes[number - 1]) if number <= len(boxes) else None
