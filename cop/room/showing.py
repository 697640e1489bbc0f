# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The room as its pages show it: for everybody the same, and what is one's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import url_for

from cop.base.i18n import translated
from cop.communities.rules import Membership
from cop.meetings.rules import ends_at
from cop.room import queries
from cop.room.models import Room
from cop.room.rules.board import Board, Card, DotsState, Place
from cop.room.rules.dots import in_order
from cop.room.rules.phases import PhaseKind, planned_minutes
from cop.room.rules.timebox import Thumb, topics_in
from cop.room.services.moderation import moderates
from cop.room.words import OUTCOMES, phase_title


@dataclass(frozen=True, slots=True)
class ShownPhase:
    """A line of the run-sheet."""

    id: str
    title: str
    status: str
    """done, now or ahead."""
    minutes: int
    """Planned."""
    spent: int
    """Minutes so far."""
    moves: bool
    """Lobby and close keep their places."""


@dataclass(frozen=True, slots=True)
class Mine:
    """What is the reader's own: their dots and their vote, as long as both are open, and whether they moderate."""

    dots: Mapping[str, int]
    left: int
    voted: bool
    thumb: str
    moderates: bool


def of_everybody(room: Room, board: Board, at: datetime) -> dict[str, Any]:
    """Return what templates say to everybody in the room; made once for all who read it in one language."""
    counted = board.dots == DotsState.CLOSED
    return {
        "here": url_for("room.show", meeting_id=room.meeting_id, _external=False),
        "room": room,
        "meeting": room.meeting,
        "board": board,
        "phases": _phases(board, at),
        "kind": board.phase_now.kind if board.phase_now else PhaseKind.LOBBY,
        "queue": in_order(board.at(Place.TO_DISCUSS), board.order, counted=counted),
        "merged": _merged(board),
        "discussed": board.at(Place.DISCUSSED),
        "parked": board.at(Place.PARKED),
        "counted": counted,
        "dots_open": board.dots == DotsState.OPEN,
        "talks": board.talks,
        "number": len(board.at(Place.DISCUSSED)) + 1,
        "left_s": int(board.timer.left(at).total_seconds()) if board.timer else 0,
        "length_s": int(board.timer.length.total_seconds()) if board.timer else 0,
        "vote_left_s": max(int((board.extension.closes_at - at).total_seconds()), 0) if board.extension else 0,
        "outcome": translated(OUTCOMES[board.outcome]) if board.outcome else "",
        "more_rounds": board.timer is not None and board.timer.round < len(board.limits.boxes),
        "fit": topics_in(_rest(room, board, at), board.limits.first_round),
        "behind": _behind(board, at),
        "thumbs": list(Thumb),
    }


def of_reader(room: Room, board: Board, member: Membership) -> Mine:
    """Return what is the reader's own."""
    ballot = queries.ballot_of(board.dots_round, member.person_id) if board.dots == DotsState.OPEN else None
    vote = queries.ballot_of(board.extension.id, member.person_id) if board.extension else None
    dots = ballot or {}
    return Mine(
        dots=dots,
        left=board.limits.budget - sum(dots.values()),
        voted=ballot is not None,
        thumb=str((vote or {}).get("thumb", "")),
        moderates=moderates(room, member),
    )


def _phases(board: Board, at: datetime) -> list[ShownPhase]:
    shown = []
    for number, phase in enumerate(board.phases):
        spent = board.spent.get(phase.id, timedelta())
        if number == board.phase and board.phase_began_at is not None:
            spent += at - board.phase_began_at
        status = "now" if number == board.phase else "done" if phase.id in board.spent else "ahead"
        moves = phase.kind not in {PhaseKind.LOBBY, PhaseKind.CLOSE}
        shown.append(
            ShownPhase(phase.id, phase_title(phase), status, phase.minutes, int(spent.total_seconds() // 60), moves)
        )
    return shown


def _merged(board: Board) -> dict[str, list[Card]]:
    merged: dict[str, list[Card]] = {}
    for card in board.at(Place.MERGED):
        last = board.cards[card.merged_into]
        while last.place == Place.MERGED:
            last = board.cards[last.merged_into]
        merged.setdefault(last.id, []).append(card)
    return merged


def _rest(room: Room, board: Board, at: datetime) -> timedelta:
    """Return what is left of the lean-coffee part, and of the meeting when the part has no length."""
    phase = board.phase_now
    if phase is not None and phase.kind == PhaseKind.LEAN_COFFEE and phase.minutes and board.phase_began_at:
        return timedelta(minutes=phase.minutes) - (at - board.phase_began_at)
    return ends_at(room.meeting.starts_at, room.meeting.minutes) - at


def _behind(board: Board, at: datetime) -> int:
    """Return by how many minutes the meeting is behind its plan."""
    phase = board.phase_now
    if phase is None or board.in_lobby or not phase.minutes or board.phase_began_at is None:
        return 0
    before = planned_minutes(board.phases, board.phase)
    spent = sum((took for key, took in board.spent.items() if key != "lobby"), at - board.phase_began_at)
    return max(int(spent.total_seconds() // 60) - before - phase.minutes, 0)
