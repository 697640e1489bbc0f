# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Topics in the room: started, ended, parked, brought back, arranged, merged."""

from uuid import UUID

from cop.base.clock import now
from cop.base.db import db
from cop.base.errors import Conflict
from cop.base.i18n import N_
from cop.communities.rules import Membership
from cop.meetings import services as meetings
from cop.meetings.models import Topic
from cop.room.models import Room
from cop.room.rules.board import Card, DotsState, Place
from cop.room.rules.dots import in_order
from cop.room.services.dots import move_dots
from cop.room.services.moderation import Moderation, moderates
from cop.room.services.timing import forget_extension
from cop.room.services.writing import BoardWriter, open_board

#: where a topic of the meeting can be brought back from
AWAY = (Place.DISCUSSED, Place.PARKED)


def add_topic(room: Room, member: Membership, *, title: str) -> Topic:
    """Propose a topic in the room, in the language of the meeting: like on the meeting's page, and so is what it tells.

    Raises:
        Conflict: when the meeting is over.
        Invalid: when the title is empty or too long.
    """
    return meetings.propose_topic(room.meeting, member, title=title)


def start_topic(room: Room, moderation: Moderation, *, card: str = "") -> None:
    """Talk about a topic, without one about the next; the one before counts as discussed.

    Raises:
        Conflict: when it is not there any more, or none is left.
    """
    writer = open_board(room)
    chosen = writer.card(card, Place.TO_DISCUSS, *AWAY) if card else _next(writer)
    end_current(writer)
    move_dots(writer, chosen.id, None)
    first = writer.board.limits.first_round
    writer.write("topic_started", card=chosen.id, seconds=int(first.total_seconds()))


def end_topic(room: Room, moderation: Moderation) -> None:
    """End the topic that is talked about. Twice is once."""
    end_current(open_board(room))


def end_current(writer: BoardWriter, to: Place = Place.DISCUSSED) -> None:
    """End the topic that is talked about, if one is."""
    board = writer.board
    if board.talks is None:
        return
    forget_extension(writer)
    talked = (now() - board.timer.begun_at).total_seconds() if board.timer else 0
    writer.write("topic_ended", card=board.current, to=to, seconds=int(talked))


def park(room: Room, moderation: Moderation, *, card: str) -> None:
    """Park a topic for another day: one that waits, or the one that is talked about.

    Raises:
        Conflict: when it is not there any more.
    """
    writer = open_board(room)
    if writer.board.current == card:
        end_current(writer, Place.PARKED)
    else:
        waiting = writer.card(card, Place.TO_DISCUSS)
        move_dots(writer, waiting.id, None)
        writer.write("topic_parked", card=waiting.id)


def bring_back(room: Room, moderation: Moderation, *, card: str) -> None:
    """Put a topic that was parked or discussed back to the others.

    Raises:
        Conflict: when it is not there any more.
    """
    writer = open_board(room)
    writer.write("topic_returned", card=writer.card(card, *AWAY).id)


def move(room: Room, moderation: Moderation, *, card: str, up: bool) -> None:
    """Move a topic one place up or down in what is to be discussed.

    Raises:
        Conflict: when it is not there any more.
    """
    writer = open_board(room)
    chosen = writer.card(card, Place.TO_DISCUSS)
    order = [one.id for one in to_discuss(writer)]
    at = order.index(chosen.id)
    other = at - 1 if up else at + 1
    if 0 <= other < len(order):
        order[at], order[other] = order[other], order[at]
        writer.write("topics_arranged", order=order)


def merge(room: Room, moderation: Moderation, *, card: str, into: str) -> None:
    """Put a topic into another one; dots that the other doesn't take return to whoever placed them.

    Raises:
        Conflict: when one of both is not there any more, or both are the same.
    """
    writer = open_board(room)
    source, target = writer.card(card, Place.TO_DISCUSS), writer.card(into, Place.TO_DISCUSS)
    if source.id == target.id:
        raise Conflict(N_("A topic can't go into itself."))
    move_dots(writer, source.id, target.id)
    writer.write("topics_merged", card=source.id, into=target.id)


def split(room: Room, member: Membership, *, card: str) -> None:
    """Take a topic out of another again: whoever proposed it may, and who moderates.

    Raises:
        Conflict: when it is not merged, or this member may not.
    """
    writer = open_board(room)
    source = writer.card(card, Place.MERGED)
    topic = db.session.get(Topic, UUID(source.id))
    if not moderates(room, member) and (topic is None or topic.proposed_by_id != member.person_id):
        raise Conflict(N_("Only who proposed a topic or moderates can do that."))
    writer.write("topic_split", card=source.id)


def to_discuss(writer: BoardWriter) -> list[Card]:
    """Return what is to be discussed, in order."""
    board = writer.board
    return in_order(board.at(Place.TO_DISCUSS), board.order, counted=board.dots == DotsState.CLOSED)


def _next(writer: BoardWriter) -> Card:
    waiting = to_discuss(writer)
    if not waiting:
        raise Conflict(N_("All topics were discussed."))
    return waiting[0]
