# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rooms and their boards."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from cop.base.db import db, in_transaction, read
from cop.meetings.models import Meeting
from cop.room.models import Ballot, BoardEvent, Room
from cop.room.rules.board import Board
from cop.room.rules.changes import Happening, replay
from cop.room.secrecy import ballot_id

#: boards as they stood when they were last read: a value each, so that threads may share them
_boards: dict[UUID, Board] = {}
#: about four megabytes; the one that was read in first goes first
MOST_BOARDS = 100


def room_of(meeting_id: UUID) -> Room | None:
    return db.session.scalar(select(Room).where(Room.meeting_id == meeting_id))


def open_rooms_of(community_id: UUID) -> list[Room]:
    """Return the rooms of a community whose meetings are not over."""
    asked = select(Room).join(Room.meeting).where(Meeting.community_id == community_id, Room.ended_at.is_(None))
    return list(db.session.scalars(asked.order_by(Room.id)))


def room_with(code: str) -> Room | None:
    return db.session.scalar(select(Room).where(Room.code == code))


def happenings(room_id: UUID, *, after: int) -> list[Happening]:
    """Return what happened in a room after an event, the first first."""
    columns = (BoardEvent.number, BoardEvent.kind, BoardEvent.facts, BoardEvent.at)
    found = read(
        select(*columns).where(BoardEvent.room_id == room_id, BoardEvent.number > after).order_by(BoardEvent.number)
    )
    return [Happening(*row) for row in found]


def board_of(room: Room) -> Board:
    """Return a room's board as it stands; what was committed and read before is not read again."""
    known = _boards.get(room.id, Board())
    if known.number == room.number:
        return known
    if known.number > room.number:  # an older database came back
        known = Board()
    board = replay(known, happenings(room.id, after=known.number))
    if not in_transaction():  # what is not committed may never be
        _remember(room.id, board)
    return board


def _remember(room_id: UUID, board: Board) -> None:
    _boards.pop(room_id, None)
    _boards[room_id] = board
    while len(_boards) > MOST_BOARDS:
        _boards.pop(next(iter(_boards)), None)


def due_rooms(now: datetime) -> list[UUID]:
    """Return the rooms in which something happens by itself now."""
    return list(db.session.scalars(select(Room.id).where(Room.due_at <= now).order_by(Room.due_at)))


def ballot_of(round_id: str, person_id: UUID) -> dict[str, Any] | None:
    """Return what a person gave in an open round; None when nothing yet."""
    if not round_id:
        return None
    return db.session.scalar(select(Ballot.choice).where(Ballot.id == ballot_id(UUID(round_id), person_id)))


def choices_in(round_id: str) -> list[dict[str, Any]]:
    """Return what was given in a round, nobody's name beside it."""
    return list(db.session.scalars(select(Ballot.choice).where(Ballot.round == UUID(round_id)).order_by(Ballot.id)))


def count_ballots(round_id: str) -> int:
    return db.session.scalar(select(func.count()).where(Ballot.round == UUID(round_id))) or 0
