# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who moderates: from the rotation, handed over, taken over, with a helper."""

from dataclasses import dataclass
from uuid import UUID

from cop.base.errors import Conflict, Forbidden
from cop.base.i18n import N_
from cop.communities.queries import record_of
from cop.communities.rules import Membership
from cop.communities.services.people import A_MEMBER, shown_name
from cop.communities.services.permission import proof_of
from cop.meetings.models import Meeting
from cop.meetings.services.planning import may_end, people_in_turn
from cop.room.models import Room
from cop.room.services.writing import BoardWriter, open_board


@dataclass(frozen=True, slots=True)
class Moderation:
    """Proof that somebody moderates a room now; only `require_moderation` makes one."""

    room_id: UUID
    member: Membership


def moderates(room: Room, member: Membership) -> bool:
    """Tell whether a member moderates a room or helps with it."""
    return member.person_id in {room.moderator_id, room.helper_id}


def require_moderation(room: Room, member: Membership) -> Moderation:
    """Prove that a member moderates this room.

    Raises:
        Forbidden: for everybody else.
    """
    if member.community_id != room.meeting.community_id or not moderates(room, member):
        raise Forbidden(N_("Only who moderates can do that."))
    return Moderation(room.id, member)


def may_take_over(room: Room, member: Membership) -> bool:
    """Tell whether a member may begin to moderate: who leads the meeting always, everybody while nobody does."""
    if member.community_id != room.meeting.community_id or member.person_id == room.moderator_id:
        return False
    in_turn = member.person_id in people_in_turn(room.meeting)
    return room.moderator_id is None or may_end(member, in_turn=in_turn)


def take_over(room: Room, member: Membership) -> None:
    """Begin to moderate; whoever did before helps. Twice is once.

    Raises:
        Forbidden: when somebody else moderates, and the meeting is not this member's to lead.
    """
    writer = open_board(room)
    if room.moderator_id == member.person_id:
        return
    if not may_take_over(room, member):
        raise Forbidden(N_("Somebody else moderates. They can hand over to you."))
    room.moderator_id, room.helper_id = member.person_id, room.moderator_id
    write_moderators(writer)


def hand_over(room: Room, moderation: Moderation, *, to: UUID, helps: bool = False) -> None:
    """Let another member moderate, or help with it; who hands over goes on helping.

    Raises:
        Conflict: when that is nobody of this community.
    """
    writer = open_board(room)
    if proof_of(record_of(room.meeting.community_id, to)) is None:
        raise Conflict(N_("This person is not a member of this community."))
    if helps:
        room.helper_id = to if to != room.moderator_id else room.helper_id
    elif to != room.moderator_id:
        room.moderator_id, room.helper_id = to, room.moderator_id
    write_moderators(writer)


def write_moderators(writer: BoardWriter) -> None:
    """Write down who moderates now."""
    who = [person for person in (writer.room.moderator_id, writer.room.helper_id) if person is not None]
    writer.write("moderators_changed", names=[name_in(writer.room.meeting, person) for person in who])


def name_in(meeting: Meeting, person_id: UUID) -> str:
    """Return somebody's name as everybody in the room may read it, also people of other cities."""
    record = record_of(meeting.community_id, person_id)
    return shown_name(record) if record is not None else A_MEMBER
