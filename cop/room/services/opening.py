# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The room before the meeting and from part to part: prepared from its agenda and topics, then led through them."""

import secrets
from dataclasses import asdict
from uuid import UUID

from cop.base.clock import now
from cop.base.db import db, lock, new_id
from cop.base.errors import Conflict
from cop.base.i18n import N_
from cop.communities.rules import Membership
from cop.meetings import services as meetings
from cop.meetings.models import Meeting, Topic, TopicState
from cop.meetings.rules import room_opens_at
from cop.meetings.services.guards import must_be_ahead, must_be_home, must_be_of
from cop.room import queries
from cop.room.models import Room
from cop.room.rules.board import Place
from cop.room.rules.phases import phases_of
from cop.room.services.dots import move_dots
from cop.room.services.moderation import Moderation, name_in, write_moderators
from cop.room.services.topics import end_current
from cop.room.services.writing import BoardWriter, open_board
from cop.rotation.models import TurnState
from cop.rotation.queries import turns_of
from cop.rotation.roles import MODERATOR

#: letters and digits that nobody mistakes for another
SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 6


def is_open(meeting: Meeting) -> bool:
    """Tell whether people may come in: a quarter of an hour before it begins."""
    return now() >= room_opens_at(meeting.starts_at)


def prepare(meeting: Meeting, member: Membership) -> Room:
    """Return the room of a meeting; the first who comes finds its phases, topics and moderator prepared.

    Raises:
        Forbidden: for who is no member.
        Conflict: when the meeting's home is elsewhere, it is over or cancelled, or it is too early.
    """
    must_be_home(meeting.origin)
    must_be_of(meeting.community_id, member)
    lock(meeting)
    room = queries.room_of(meeting.id)
    if room is not None:
        return room
    must_be_ahead(meeting)
    if not is_open(meeting):
        raise Conflict(N_("The room opens 15 minutes before the meeting begins."))
    room = Room(id=new_id(), meeting=meeting, moderator_id=_in_turn(meeting), code=_code(), prepared_at=now())
    db.session.add(room)
    db.session.flush()  # events refer to it
    writer = BoardWriter(room)
    writer.write("prepared", phases=[asdict(phase) for phase in phases_of(meeting.agenda)])
    if room.moderator_id is not None:
        write_moderators(writer)
    for topic in sorted(meeting.topics, key=lambda topic: (topic.proposed_at, topic.id)):
        put_on_board(writer, topic)
    return room


def put_on_board(writer: BoardWriter, topic: Topic) -> None:
    """Bring the board up to date about a topic: new, changed or withdrawn."""
    card = writer.board.cards.get(str(topic.id))
    if topic.state == TopicState.WITHDRAWN:
        take_off_board(writer, str(topic.id))
    elif card is None:
        by = name_in(writer.room.meeting, topic.proposed_by_id)
        facts = {"title": topic.title, "locale": topic.locale, "support": topic.support_count}
        writer.write("topic_added", id=str(topic.id), origin=topic.proposed_by.origin, by=by, **facts)
    elif (card.title, card.support) != (topic.title, topic.support_count):
        writer.write("topic_changed", card=card.id, title=topic.title, support=topic.support_count)


def take_off_board(writer: BoardWriter, card_id: str) -> None:
    """Take a topic off that is gone: dots on it return, and topics that went into it stand alone again."""
    if writer.board.find(card_id, Place.TO_DISCUSS, Place.PARKED, Place.MERGED) is None:
        return
    for other in writer.board.at(Place.MERGED):
        if other.merged_into == card_id:
            writer.write("topic_split", card=other.id)
    move_dots(writer, card_id, None)
    writer.write("topic_withdrawn", card=card_id)


def follow_topic(topic: Topic) -> None:
    """Show in the room what somebody did with a topic on another page."""
    if topic.meeting_id is None:
        for one in queries.open_rooms_of(topic.community_id):
            take_off_board(BoardWriter(one), str(topic.id))
        return
    room = queries.room_of(topic.meeting_id)
    if room is not None and room.ended_at is None:
        put_on_board(BoardWriter(room), topic)


def begin_phase(room: Room, moderation: Moderation, *, phase: str = "") -> None:
    """Go to a phase: any that the run-sheet has, without one to the next. What is talked about ends.

    Raises:
        Conflict: when the run-sheet has no such phase.
    """
    lock(room.meeting)  # before the room, as everybody does
    writer = open_board(room)
    board = writer.board
    chosen = phase or next((one.id for one in board.phases[board.phase + 1 :]), "")
    if chosen not in {one.id for one in board.phases}:
        raise Conflict(N_("This part is no longer there. Please look at the run-sheet once more."))
    meetings.begin_meeting(room.meeting)
    end_current(writer)
    writer.write("phase_begun", phase=chosen)


def move_phase(room: Room, moderation: Moderation, *, phase: str, up: bool) -> None:
    """Move a part of the run-sheet one place up or down; lobby and close keep theirs."""
    writer = open_board(room)
    phases = list(writer.board.phases)
    at = next((n for n, one in enumerate(phases) if one.id == phase), 0)
    other = at - 1 if up else at + 1
    if 0 < at < len(phases) - 1 and 0 < other < len(phases) - 1:
        phases[at], phases[other] = phases[other], phases[at]
        writer.write("phases_changed", phases=[asdict(one) for one in phases])


def _in_turn(meeting: Meeting) -> UUID | None:
    turns = (turn for turn in turns_of(meeting.uri) if turn.role == MODERATOR and turn.state != TurnState.OPEN_CALL)
    return next((turn.person_id for turn in turns if turn.person_id is not None), None)


def _code() -> str:
    return "".join(secrets.choice(SIGNS) for _ in range(CODE_LENGTH))
