# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Entering the video room of a meeting: who may, under which name, and who moderates."""

from cop.base.clock import now
from cop.base.errors import Conflict, Forbidden, NotFound
from cop.base.i18n import N_
from cop.communities.rules import Membership
from cop.communities.services import name_for_all
from cop.meetings.calendar import page_of
from cop.meetings.hooks import VideoGuest, VideoMeeting, VideoService
from cop.meetings.models import Answer, Meeting
from cop.meetings.rules import room_opens_at
from cop.meetings.services.answers import registration_of
from cop.meetings.services.guards import must_be_ahead, must_be_of
from cop.meetings.services.planning import people_in_turn
from cop.meetings.video import video_services
from cop.rotation.roles import MODERATOR


def video_entry(meeting: Meeting, member: Membership) -> tuple[VideoService, VideoMeeting, VideoGuest]:
    """Return the server, the room and as whom somebody enters; the server is not asked yet.

    Raises:
        NotFound: when the meeting has no room on a video server of ours.
        Forbidden: for all who have not said that they come.
        Conflict: when it was cancelled, is over, or the room opens later.
    """
    must_be_of(meeting.community_id, member)
    service = video_services().get(meeting.video_room)
    if service is None:
        raise NotFound(N_("This meeting has no video room here."))
    must_be_ahead(meeting)
    registration = registration_of(meeting.id, member.person_id)
    if registration is None or registration.answer != Answer.CONFIRMED:
        raise Forbidden(N_("The video room is for those who take part. Please say first that you come."))
    if now() < room_opens_at(meeting.starts_at):
        raise Conflict(N_("The video room opens 15 minutes before the meeting."))
    name = name_for_all(meeting.community, member.person_id)
    guest = VideoGuest(name, moderates=_moderates(meeting, member))
    return service, VideoMeeting(str(meeting.id), meeting.title, page_of(meeting.id)), guest


def _moderates(meeting: Meeting, member: Membership) -> bool:
    """Tell whether a member moderates: whoever has that turn; coordinators while nobody has it."""
    in_turn = people_in_turn(meeting, MODERATOR)
    return member.person_id in in_turn if in_turn else member.coordinates
