# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the room adds to a meeting's page: the way in."""

from uuid import UUID

from flask import url_for

from cop.base.i18n import _
from cop.base.instance import is_ours
from cop.communities.pages import Action
from cop.communities.rules import Membership
from cop.meetings.models import OVER, Meeting
from cop.room.services.opening import is_open


def way_in(meeting: Meeting, membership: Membership | None, person_id: UUID) -> Action | None:
    """Lead members and their guests into the room, from a quarter of an hour before the meeting until its end."""
    if membership is None or not is_ours(meeting.origin) or meeting.state in OVER or not is_open(meeting):
        return None
    return Action(_("Enter the room"), url_for("room.show", meeting_id=meeting.id))
