# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A meeting's room, what happened in it, and the ballots while a vote is open."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cop.base.db import Model
from cop.meetings.models import Meeting


class Room(Model):
    """The room of a meeting of ours: where its events stand, and who moderates."""

    __tablename__ = "room"

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meeting.id", ondelete="CASCADE"), unique=True)
    #: of the last event
    number: Mapped[int] = mapped_column(default=0)
    #: who takes the turn; None until somebody does
    moderator_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    helper_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    #: when something happens by itself
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    #: what one types on a phone to get here
    code: Mapped[str] = mapped_column(String(8), unique=True)
    prepared_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    meeting: Mapped[Meeting] = relationship()


class BoardEvent(Model):
    """Something that happened in a room; only ever added."""

    __tablename__ = "board_event"
    __table_args__ = (UniqueConstraint("room_id", "number"),)

    room_id: Mapped[UUID] = mapped_column(ForeignKey("room.id", ondelete="CASCADE"))
    #: 1, 2, 3 … in each room
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(30))
    #: as `rules.changes` reads them; never who voted what
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime]


class Ballot(Model):
    """What somebody gave in an open vote; gone when it closes.

    Its id is made of the round and the person with the city's key: whoever reads the table can't tell whose it is, and
    it stands in no order in which it came.
    """

    __tablename__ = "ballot"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  SQLAlchemy reads it so

    round: Mapped[UUID] = mapped_column(index=True)
    #: {topic id: dots}, or {"thumb": …}; empty for "I don't vote"
    choice: Mapped[dict[str, Any]] = mapped_column(JSON)
