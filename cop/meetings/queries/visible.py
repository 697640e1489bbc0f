# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who may see a meeting; the one place that knows it."""

from functools import cache
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, or_, select

from cop.base.audience import SHOWN_TO_PEERS, Audience
from cop.base.db import db
from cop.base.errors import NotFound
from cop.base.i18n import N_
from cop.base.instance import this_city
from cop.communities.queries import has_member, is_staff
from cop.meetings.models import Meeting, MeetingState


def visible_to(person_id: UUID | BindParameter[UUID]) -> ColumnElement[bool]:
    """Return the condition under which a person of this city, or a visitor, may see a `Meeting`.

    Members of its community see all of it but drafts; what peers or the public
    may see, everybody who is signed in; `city` adds the people of its home, if
    that is here, and leaves out members of other cities.
    """
    for_all = Meeting.audience != Audience.CITY
    member = and_(has_member(person_id, Meeting.community_id), or_(for_all, is_staff(person_id)))
    here = and_(Meeting.audience == Audience.CITY, Meeting.origin == this_city().origin, is_staff(person_id))
    return and_(
        Meeting.state != MeetingState.DRAFT,
        or_(Meeting.audience.in_([audience.value for audience in SHOWN_TO_PEERS]), here, member),
    )


def visible(meeting_id: UUID, person_id: UUID) -> Meeting:
    """Return a meeting that a person may see.

    Raises:
        NotFound: when there is none, or not for this person.
    """
    found = db.session.scalar(_one(this_city().origin), {"meeting_id": meeting_id, "person_id": person_id})
    if found is None:
        raise NotFound(N_("This meeting does not exist."))
    return found


@cache
def _one(here: str) -> Select[Meeting]:
    """Put the statement for one meeting together; once for each city in this process."""
    return select(Meeting).where(Meeting.id == bindparam("meeting_id"), visible_to(bindparam("person_id")))


def meeting_by_uri(uri: str) -> Meeting | None:
    return db.session.scalar(select(Meeting).where(Meeting.uri == uri))
