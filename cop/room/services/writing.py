# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Writing on a board: each change is an event with the next number, in the transaction that made it."""

from typing import Any

from cop.base import live
from cop.base.clock import now
from cop.base.db import db, lock
from cop.base.errors import Conflict
from cop.base.i18n import N_
from cop.room import queries
from cop.room.models import BoardEvent, Room
from cop.room.rules.board import Board, Card, Place
from cop.room.rules.changes import Happening, replay

#: begins the names of rooms' live channels
CHANNEL = "room"
GONE = N_("This topic is no longer there. Please look at the board once more.")


class BoardWriter:
    """A room that nobody else writes until the transaction ends, and its board as it stands."""

    def __init__(self, room: Room) -> None:
        """Lock the room and read its board."""
        lock(room)
        self.room = room
        self.board: Board = queries.board_of(room)

    def write(self, kind: str, **facts: Any) -> None:
        """Write down what happened; `facts` are what JSON holds."""
        happening = Happening(self.room.number + 1, kind, facts, now())
        self.board = replay(self.board, [happening])
        self.room.number, self.room.due_at = happening.number, self.board.due_at
        db.session.add(
            BoardEvent(room_id=self.room.id, number=happening.number, kind=kind, facts=facts, at=happening.at)
        )
        live.changed(f"{CHANNEL}:{self.room.id}", happening.number)

    def card(self, card_id: str, *places: Place) -> Card:
        """Return a card that is at one of these places.

        Raises:
            Conflict: when it is not there any more.
        """
        card = self.board.find(card_id, *places)
        if card is None:
            raise Conflict(GONE)
        return card


def open_board(room: Room) -> BoardWriter:
    """Take a room's board to write on it.

    Raises:
        Conflict: when the meeting is over.
    """
    writer = BoardWriter(room)
    if room.ended_at is not None:
        raise Conflict(N_("This meeting is over."))
    return writer
