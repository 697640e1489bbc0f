# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who does what by when: recorded in a meeting, finished before the next."""

from datetime import date
from uuid import UUID

from cop.base.clock import now
from cop.base.db import db, lock
from cop.base.errors import Invalid
from cop.base.forms import CHOOSE, MISSING, TOO_LONG
from cop.base.text import one_line
from cop.communities.models import MemberState
from cop.communities.queries import count_by_city, record_of
from cop.communities.rules import Membership
from cop.meetings.models import ActionItem, Meeting, Topic
from cop.meetings.rules import MOST_ACTION, MOST_OWNER
from cop.meetings.services.guards import must_be_home, must_be_of


def record_action(
    meeting: Meeting,
    member: Membership,
    *,
    text: str,
    topic: Topic | None = None,
    owner_id: UUID | None = None,
    owner_city: str | None = None,
    owner_name: str = "",
    due_on: date | None = None,
) -> ActionItem:
    """Keep what somebody took on; any member may write it down.

    Args:
        meeting: where it was agreed; its home is here.
        member: who writes it down.
        text: one line of at most 500 characters.
        topic: what was being talked about, of the same community.
        owner_id: a member of the community who does it; or
        owner_city: the origin of a city with members in it; or
        owner_name: whoever else, in one line of at most 200 characters.
        due_on: by which day.

    Raises:
        Forbidden: for all but members.
        Conflict: when the meeting's home is elsewhere.
        Invalid: without a text, with too long a one, more than one owner, or one who isn't of the community.
    """
    must_be_of(meeting.community_id, member)
    must_be_home(meeting.origin)
    _check(meeting, topic, owner_id, owner_city, owner_name)
    action = ActionItem(
        community_id=meeting.community_id,
        meeting_id=meeting.id,
        topic_id=topic.id if topic else None,
        text=_clean("text", text, MOST_ACTION, required=True),
        owner_id=owner_id,
        owner_city=owner_city,
        owner_name=_clean("owner", owner_name, MOST_OWNER, required=False),
        due_on=due_on,
        recorded_at=now(),
    )
    db.session.add(action)
    db.session.flush()  # the caller may need its id
    return action


def finish_action(action: ActionItem, member: Membership) -> None:
    """Say that an action is done; any member may, and twice is once.

    Raises:
        Forbidden: for all but members of its community.
    """
    must_be_of(action.community_id, member)
    lock(action)
    action.done_at = action.done_at or now()


def reopen_action(action: ActionItem, member: Membership) -> None:
    """Say that an action isn't done after all; any member may.

    Raises:
        Forbidden: for all but members of its community.
    """
    must_be_of(action.community_id, member)
    lock(action)
    action.done_at = None


def _check(
    meeting: Meeting, topic: Topic | None, owner_id: UUID | None, owner_city: str | None, owner_name: str
) -> None:
    if topic is not None and topic.community_id != meeting.community_id:
        raise Invalid({"topic": [CHOOSE]})
    if sum(map(bool, (owner_id, owner_city, owner_name.strip()))) > 1:
        raise Invalid({"owner": [CHOOSE]})
    if owner_id is not None:
        record = record_of(meeting.community_id, owner_id)
        if record is None or record.state != MemberState.ACTIVE:
            raise Invalid({"owner": [CHOOSE]})
    if owner_city is not None and owner_city not in count_by_city(meeting.community_id):
        raise Invalid({"owner": [CHOOSE]})


def _clean(field: str, text: str, longest: int, *, required: bool) -> str:
    cleaned = one_line(text)
    if required and not cleaned:
        raise Invalid({field: [MISSING]})
    if len(cleaned) > longest:
        raise Invalid({field: [TOO_LONG]})
    return cleaned
