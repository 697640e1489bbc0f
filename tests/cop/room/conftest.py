# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A meeting that begins in five minutes, with three topics and its moderator."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask

from cop.base.db import db, in_transaction, transaction
from cop.communities.rules import Membership
from cop.room.models import Room
from cop.room.queries import board_of
from cop.room.rules.board import Board
from cop.room.services.moderation import Moderation, require_moderation
from cop.room.services.opening import prepare
from cop.rotation.roles import MODERATOR
from tests.builders import a_community, a_meeting, a_member, a_topic, a_turn

TITLES = ("Mental Load: was hilft wirklich?", "Wie bleibt die Teilnahme verbindlich?", "Personalgespräche im Gehen")


@dataclass(frozen=True)
class Table:
    """A prepared room; each property reads it in the transaction that is open."""

    room_id: UUID
    community_id: UUID
    leads: Membership
    member: Membership
    cards: list[str]

    @property
    def room(self) -> Room:
        if not in_transaction():
            db.session.rollback()  # what others wrote since
        return db.session.get_one(Room, self.room_id)

    @property
    def moderation(self) -> Moderation:
        return require_moderation(self.room, self.leads)

    @property
    def board(self) -> Board:
        return board_of(self.room)

    def another(self, name: str, **facts: object) -> Membership:
        return a_member(self.room.meeting.community, name, **facts)


@pytest.fixture
def table(app: Flask) -> Table:
    with transaction():
        community = a_community()
        meeting = a_meeting(community, starts_in=timedelta(minutes=5))
        member, leads = a_member(community, "Ida Solberg"), a_member(community, "Bram Osterloh")
        a_turn(meeting, MODERATOR, leads)
        topics = [a_topic(meeting, member, title) for title in TITLES]
        room = prepare(meeting, member)
        return Table(room.id, community.id, leads, member, [str(topic.id) for topic in topics])
