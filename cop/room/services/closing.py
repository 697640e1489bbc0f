# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The end of a meeting: each topic goes where it belongs, ballots go for good, and the minutes are drafted."""

from collections import defaultdict
from uuid import UUID

from cop.accounts.queries import known_cities
from cop.base.clock import now
from cop.base.db import db
from cop.base.i18n import force_locale, moment
from cop.meetings import services as meetings
from cop.meetings.models import Meeting, MeetingState, TopicState
from cop.meetings.queries import next_meeting_of
from cop.meetings.queries.actions import actions_of
from cop.minutes.rules import Happened, HappenedTopic
from cop.minutes.services import action_line, begin_draft
from cop.room import queries
from cop.room.models import Room
from cop.room.rules.board import Board, Card, Place
from cop.room.services.dots import forget_round
from cop.room.services.moderation import Moderation
from cop.room.services.topics import end_current
from cop.room.services.writing import open_board

#: what becomes of a topic after the meeting
AFTERWARDS = {
    Place.DISCUSSED: TopicState.DISCUSSED,
    Place.DISCUSSING: TopicState.DISCUSSED,
    Place.PARKED: TopicState.PARKED,
    Place.TO_DISCUSS: TopicState.CARRIED_OVER,
}


def end(room: Room, moderation: Moderation) -> None:
    """End the meeting; its room closes with it. Twice is once.

    Raises:
        Conflict: when it has not begun.
    """
    meetings.end_begun(room.meeting)


def finish(meeting: Meeting) -> None:
    """Close the room of a locked meeting that has ended or was cancelled. Twice is once."""
    meetings.lock_topics(meeting)  # before the room, as everybody does
    room = queries.room_of(meeting.id)
    if room is None or room.ended_at is not None:
        return
    board = _close(room)
    if meeting.state != MeetingState.CANCELLED:
        _hand_on(meeting, room, board)


def _close(room: Room) -> Board:
    writer = open_board(room)
    end_current(writer)
    forget_round(writer.board.dots_round)
    writer.write("ended")
    room.ended_at = now()
    db.session.flush()  # what happens to its topics now is not for the board
    return writer.board


def _hand_on(meeting: Meeting, room: Room, board: Board) -> None:
    """Put each topic where it belongs, and draft the minutes."""
    states = ((card.id, _state(board, card)) for card in board.cards.values())
    meetings.settle_topics(meeting, {UUID(card): state for card, state in states if state is not None})
    if room.moderator_id is not None and board.talked_about:
        begin_draft(meeting, what_happened(meeting, board, room.moderator_id), room.moderator_id)


def what_happened(meeting: Meeting, board: Board, reader: UUID) -> Happened:
    """Return what the minutes are drafted from, in the community's language; `reader` is who will write on."""
    with force_locale(meeting.community.locale):
        actions: defaultdict[UUID | None, list[str]] = defaultdict(list)
        for action in actions_of(meeting.id):
            actions[action.topic_id].append(action_line(action))
        following = next_meeting_of(meeting.community_id, reader)
        return Happened(
            topics=tuple(_topic(board.cards[card], actions.pop(UUID(card), [])) for card in board.talked_about),
            actions=tuple(line for rest in actions.values() for line in rest),
            parked=tuple(card.title for card in board.at(Place.PARKED, Place.TO_DISCUSS)),
            takeaways=board.takeaways,
            next_date=_when(following) if following is not None and following.id != meeting.id else "",
        )


def _when(meeting: Meeting) -> str:
    return moment(meeting.starts_at, meeting.zone)


def _topic(card: Card, actions: list[str]) -> HappenedTopic:
    city = known_cities().get(card.origin)
    return HappenedTopic(
        title=card.title,
        city=city.short if city is not None else card.origin,
        minutes=max(round(card.talked.total_seconds() / 60), 1),
        notes=tuple(line.strip() for line in card.notes.splitlines() if line.strip()),
        decisions=card.decisions,
        actions=tuple(actions),
    )


def _state(board: Board, card: Card) -> TopicState | None:
    if card.place == Place.MERGED:
        return _state(board, board.cards[card.merged_into])
    return AFTERWARDS.get(card.place)
