# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What stays of a meeting: notes, decisions, who does what, what people take along."""

from datetime import date
from uuid import UUID

from sqlalchemy import delete

from cop.base.db import db
from cop.base.errors import Conflict, Invalid
from cop.base.forms import MISSING, TOO_LONG
from cop.base.i18n import N_
from cop.base.text import one_line, running_text
from cop.communities.rules import Membership
from cop.meetings import services as meetings
from cop.meetings.models import ActionItem, Topic
from cop.meetings.services.guards import must_be_of
from cop.room.models import Room
from cop.room.rules.board import Place
from cop.room.services.moderation import Moderation
from cop.room.services.writing import open_board

LONGEST_NOTES = 20_000
LONGEST_LINE = 300
MOST_TAKEAWAYS = 200


def write_notes(room: Room, moderation: Moderation, *, card: str, text: str) -> None:
    """Keep the notes on a topic in place of those before.

    Raises:
        Conflict: when the topic is gone.
        Invalid: when they are too long.
    """
    written = running_text(text)
    if len(written) > LONGEST_NOTES:
        raise Invalid({"text": [TOO_LONG]})
    writer = open_board(room)
    if writer.card(card, *Place).notes != written:
        writer.write("notes_written", card=card, text=written)


def record_decision(room: Room, moderation: Moderation, *, card: str, text: str) -> None:
    """Write down what was decided on a topic.

    Raises:
        Conflict: when the topic is gone.
        Invalid: when there is no text, or too much.
    """
    sentence = _line(text)
    writer = open_board(room)
    writer.card(card, *Place)
    writer.write("decision_recorded", card=card, text=sentence)


def record_action(
    room: Room, moderation: Moderation, *, text: str, owner: str = "", due: date | None = None, card: str = ""
) -> UUID:
    """Write down who does what by when.

    Raises:
        Conflict: when the topic is gone.
        Invalid: when there is no text, or too much.
    """
    writer = open_board(room)
    topic = db.session.get(Topic, UUID(writer.card(card, *Place).id)) if card else None
    item = meetings.record_action(room.meeting, moderation.member, text=text, topic=topic, owner_name=owner, due_on=due)
    due_day = due.isoformat() if due else ""
    writer.write("action_recorded", id=str(item.id), text=item.text, owner=item.owner_name, due=due_day, card=card)
    return item.id


def remove_action(room: Room, moderation: Moderation, *, action: str) -> None:
    """Take an action away that was written down by mistake. Twice is once."""
    writer = open_board(room)
    if any(one.id == action for one in writer.board.actions):
        db.session.execute(delete(ActionItem).where(ActionItem.id == UUID(action)))
        writer.write("action_removed", action=action)


def say_takeaway(room: Room, member: Membership, *, text: str) -> None:
    """Say what one takes along; nobody's name stands beside it.

    Raises:
        Conflict: when there are two hundred already.
        Invalid: when there is no text, or too much.
    """
    must_be_of(room.meeting.community_id, member)
    sentence = _line(text)
    writer = open_board(room)
    if len(writer.board.takeaways) >= MOST_TAKEAWAYS:
        raise Conflict(N_("Enough was said for today. Thank you."))
    writer.write("takeaway_said", text=sentence)


def _line(text: str) -> str:
    written = one_line(text)
    if not written:
        raise Invalid({"text": [MISSING]})
    if len(written) > LONGEST_LINE:
        raise Invalid({"text": [TOO_LONG]})
    return written
