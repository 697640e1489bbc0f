# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What every service asks first: whose community it is, and that nobody else writes the row."""

from uuid import UUID

from cop.base.clock import now
from cop.base.errors import Conflict, Forbidden, Invalid
from cop.base.i18n import N_
from cop.base.instance import is_ours
from cop.base.text import one_line, running_text
from cop.communities.models import Role
from cop.communities.rules import Membership
from cop.meetings.models import OVER, Meeting, MeetingState, Topic
from cop.meetings.rules import MOST_PITCH, MOST_TITLE


def must_be_of(community_id: UUID, member: Membership) -> None:
    """Refuse members of other communities.

    Raises:
        Forbidden: when the membership is of another community.
    """
    if member.community_id != community_id:
        raise Forbidden(N_("Members only."))


def must_coordinate(community_id: UUID, member: Membership) -> None:
    """Refuse all but this community's coordinators.

    Raises:
        Forbidden: for anyone else.
    """
    must_be_of(community_id, member)
    if member.role != Role.COORDINATOR:
        raise Forbidden(N_("Only coordinators of this community can do that."))


def must_be_home(origin: str) -> None:
    """Refuse to change what another city writes.

    Raises:
        Conflict: when the thing's home is elsewhere.
    """
    if not is_ours(origin):
        raise Conflict(N_("Only the home of this community can change that."))


def must_be_ahead(meeting: Meeting) -> None:
    """Refuse meetings that are over or were cancelled.

    Raises:
        Conflict: saying which of both.
    """
    if meeting.state == MeetingState.CANCELLED:
        raise Conflict(N_("This meeting was cancelled."))
    if meeting.state in OVER:
        raise Conflict(N_("This meeting is over."))


def must_own(topic: Topic, member: Membership) -> None:
    """Refuse all but the person who proposed a topic.

    Raises:
        Forbidden: for anyone else.
    """
    must_be_of(topic.community_id, member)
    if topic.proposed_by_id != member.person_id:
        raise Forbidden(N_("Only the person who proposed a topic can change it."))


def clean_title(title: str) -> str:
    """Return a title as it is stored.

    Raises:
        Invalid: when it is empty or too long.
    """
    cleaned = one_line(title)
    if not cleaned:
        raise Invalid({"title": [N_("Please write something here.")]})
    if len(cleaned) > MOST_TITLE:
        raise Invalid({"title": [N_("Please write at most 200 characters.")]})
    return cleaned


def clean_pitch(pitch: str) -> str:
    """Return a topic's text as it is stored.

    Raises:
        Invalid: when it is too long.
    """
    cleaned = running_text(pitch)
    if len(cleaned) > MOST_PITCH:
        raise Invalid({"pitch": [N_("Please write at most 2,000 characters.")]})
    return cleaned


def is_late(meeting: Meeting) -> bool:
    """Tell whether a topic proposed now comes after the collection closed."""
    return meeting.collection_closes_at is not None and now() >= meeting.collection_closes_at
