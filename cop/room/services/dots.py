# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Dots: opened, placed in secret, counted once."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, select

from cop.base.db import db
from cop.base.errors import Conflict
from cop.base.i18n import N_
from cop.communities.rules import Membership
from cop.meetings.services.guards import must_be_of
from cop.room import queries
from cop.room.models import Ballot, Room
from cop.room.rules import dots as rules
from cop.room.rules.board import DotsState, Place
from cop.room.secrecy import ballot_id
from cop.room.services.moderation import Moderation
from cop.room.services.writing import BoardWriter, open_board


def open_dots(room: Room, moderation: Moderation) -> None:
    """Let everybody place dots; what was counted before is forgotten. Opened twice is opened once."""
    writer = open_board(room)
    if writer.board.dots != DotsState.OPEN:
        writer.write("dots_opened", round=str(uuid4()))


def place_dots(room: Room, member: Membership, *, card: str, number: int) -> None:
    """Put so many of one's dots on a topic in place of those that lay there.

    Raises:
        Conflict: when the voting is closed, the topic is gone, or there are not so many dots left.
    """
    writer = _voting(room, member)
    writer.card(card, Place.TO_DISCUSS)
    limits = writer.board.limits
    mine = _mine(writer, member)
    try:
        after = rules.place(mine, card, number, budget=limits.budget, most_on_one=limits.most_on_one)
    except ValueError as error:
        raise Conflict(N_("You have no more dots. Take one away elsewhere first.")) from error
    _keep(writer, member, after)


def abstain(room: Room, member: Membership) -> None:
    """Say that one doesn't vote: a full answer; dots that were placed return.

    Raises:
        Conflict: when the voting is closed.
    """
    _keep(_voting(room, member), member, {})


def close_dots(room: Room, moderation: Moderation) -> None:
    """Count the dots and show them to everybody at once; nobody can tell afterwards whose they were.

    Raises:
        Conflict: when no voting is open.
    """
    writer = open_board(room)
    _must_be_open(writer)
    ballots = queries.choices_in(writer.board.dots_round)
    cards = {card.id for card in writer.board.at(Place.TO_DISCUSS)}
    forget_round(writer.board.dots_round)
    writer.write("dots_closed", totals=rules.totals(ballots, cards))


def move_dots(writer: BoardWriter, source: str, target: str | None) -> None:
    """Move everybody's dots with a topic that goes into another; without one they return to whoever placed them."""
    if writer.board.dots != DotsState.OPEN:
        return
    most = writer.board.limits.most_on_one
    for ballot in db.session.scalars(select(Ballot).where(Ballot.round == UUID(writer.board.dots_round))):
        if target is None:
            ballot.choice = {card: dots for card, dots in ballot.choice.items() if card != source}
        else:
            ballot.choice = rules.merged(ballot.choice, source, target, most_on_one=most)


def forget_round(round_id: str) -> None:
    """Destroy what was given in one vote; an empty id is none."""
    if round_id:
        db.session.execute(delete(Ballot).where(Ballot.round == UUID(round_id)))


def put_ballot(round_id: str, member: Membership, choice: dict[str, Any]) -> None:
    """Keep what a person gives in a round in place of what they gave before."""
    key = ballot_id(UUID(round_id), member.person_id)
    ballot = db.session.get(Ballot, key)
    if ballot is None:
        db.session.add(Ballot(id=key, round=UUID(round_id), choice=choice))
    else:
        ballot.choice = choice
    db.session.flush()  # the count reads it


def _voting(room: Room, member: Membership) -> BoardWriter:
    must_be_of(room.meeting.community_id, member)
    writer = open_board(room)
    _must_be_open(writer)
    return writer


def _must_be_open(writer: BoardWriter) -> None:
    if writer.board.dots != DotsState.OPEN:
        raise Conflict(N_("Dots can't be placed at the moment."))


def _mine(writer: BoardWriter, member: Membership) -> dict[str, int]:
    return queries.ballot_of(writer.board.dots_round, member.person_id) or {}


def _keep(writer: BoardWriter, member: Membership, mine: dict[str, int]) -> None:
    put_ballot(writer.board.dots_round, member, mine)
    writer.write("dots_placed", voted=queries.count_ballots(writer.board.dots_round))
