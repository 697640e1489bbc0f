# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Time in the room: the timebox, the silent vote on more of it, and what happens by itself."""

from collections import Counter
from uuid import uuid4

from cop.base.clock import now
from cop.base.errors import Conflict
from cop.base.i18n import N_
from cop.communities.rules import Membership
from cop.meetings.services.guards import must_be_of
from cop.room import queries
from cop.room.models import Room
from cop.room.rules.timebox import VOTE_TAKES, Thumb, length_of_round, outcome
from cop.room.services.dots import forget_round, put_ballot
from cop.room.services.moderation import Moderation
from cop.room.services.writing import BoardWriter, open_board

#: what the moderator adds with one press
MORE_SECONDS = 120


def pause(room: Room, moderation: Moderation) -> None:
    """Stop the clock of the topic; stopped twice is stopped once."""
    writer = open_board(room)
    if writer.board.timer is not None and writer.board.timer.paused_at is None and writer.board.extension is None:
        writer.write("timer_paused")


def resume(room: Room, moderation: Moderation) -> None:
    """Let the clock of the topic go on."""
    writer = open_board(room)
    if writer.board.timer is not None and writer.board.timer.paused_at is not None:
        writer.write("timer_resumed")


def add_time(room: Room, moderation: Moderation) -> None:
    """Give the topic two more minutes without asking: it is written down like everything."""
    writer = open_board(room)
    if writer.board.timer is not None:
        forget_extension(writer)
        writer.write("time_added", seconds=MORE_SECONDS)


def ask_for_more(room: Room, moderation: Moderation) -> None:
    """Ask everybody silently whether the topic goes on.

    Raises:
        Conflict: when nothing is talked about, or this topic had all its rounds.
    """
    writer = open_board(room)
    if writer.board.extension is None:
        _open_extension(writer)


def vote(room: Room, member: Membership, *, thumb: Thumb) -> None:
    """Say whether the topic shall go on; until the vote closes one may change it.

    Raises:
        Conflict: when no vote is open.
    """
    must_be_of(room.meeting.community_id, member)
    writer = open_board(room)
    extension = writer.board.extension
    if extension is None or extension.closes_at <= now():
        raise Conflict(N_("This vote is closed."))
    put_ballot(extension.id, member, {"thumb": thumb})
    writer.write("extension_voted", voted=queries.count_ballots(extension.id))


def close_vote(room: Room, moderation: Moderation) -> None:
    """Close the vote on more time before its time is over."""
    writer = open_board(room)
    if writer.board.extension is not None:
        _close_extension(writer)


def happen(room: Room) -> None:
    """Do what is due in a room: a round is over, a vote is over. At once or late, the board becomes the same."""
    writer = BoardWriter(room)
    if writer.board.due_at is None or writer.board.due_at > now():
        return
    if writer.board.extension is not None:
        _close_extension(writer)
    else:
        _open_extension(writer)


def forget_extension(writer: BoardWriter) -> None:
    """Destroy the ballots of the vote on more time, if one is open."""
    if writer.board.extension is not None:
        forget_round(writer.board.extension.id)


def _open_extension(writer: BoardWriter) -> None:
    timer = writer.board.timer
    offered = length_of_round(writer.board.limits.boxes, timer.round + 1) if timer else None
    if offered is None:
        raise Conflict(N_("This topic had all its time. Start the next one, or park it."))
    seconds = int(offered.total_seconds())
    writer.write("extension_opened", round=str(uuid4()), seconds=seconds, open_for=int(VOTE_TAKES.total_seconds()))


def _close_extension(writer: BoardWriter) -> None:
    extension = writer.board.extension
    if extension is None:
        return
    thumbs = Counter(Thumb(str(choice["thumb"])) for choice in queries.choices_in(extension.id))
    forget_extension(writer)
    writer.write("extension_closed", outcome=outcome(thumbs))
