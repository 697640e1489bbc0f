# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The phases of a meeting: data, so that another format is only other data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class PhaseKind(StrEnum):
    """What a phase is for; of some the page shows what one does in them. None refuses anything."""

    LOBBY = "lobby"
    CHECK_IN = "checkin"
    ACTION_REVIEW = "action_review"
    IMPULSE = "impulse"
    FIXED = "fixed"
    LEAN_COFFEE = "leancoffee"
    BREAKOUT = "breakout"
    BREAK = "break"
    TAKEAWAY = "takeaway"
    NEXT_DATE = "next_date"
    RETRO = "retro"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of the run-sheet; `title` is empty for those that every meeting has, which are named in each language."""

    id: str
    kind: PhaseKind
    title: str
    minutes: int


def phases_of(agenda: Sequence[Mapping[str, Any]]) -> tuple[Phase, ...]:
    """Return a meeting's phases: the lobby, the parts of its agenda in order, and the close.

    A kind that this version doesn't know is a fixed part. A meeting without
    an agenda is one round of lean coffee.
    """
    parts = agenda or [{"kind": PhaseKind.LEAN_COFFEE, "title": "", "minutes": 0}]
    inner = [Phase(str(n), _kind(part), str(part["title"]), int(part["minutes"])) for n, part in enumerate(parts, 1)]
    return (Phase("lobby", PhaseKind.LOBBY, "", 0), *inner, Phase("close", PhaseKind.CLOSE, "", 0))


def _kind(part: Mapping[str, Any]) -> PhaseKind:
    try:
        return PhaseKind(str(part.get("kind", PhaseKind.FIXED)))
    except ValueError:
        return PhaseKind.FIXED


def planned_minutes(phases: Sequence[Phase], until: int) -> int:
    """Return after how many minutes phase number `until` begins by the plan."""
    return sum(phase.minutes for phase in phases[:until])
