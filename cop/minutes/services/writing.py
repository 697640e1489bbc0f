# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Writing a meeting's minutes."""

from datetime import timedelta
from uuid import UUID

from cop.base.clock import now
from cop.base.db import db, lock
from cop.base.errors import Conflict, Forbidden, Invalid
from cop.base.forms import MISSING, TOO_LONG
from cop.base.i18n import N_, _, day, force_locale, span
from cop.communities.rules import Membership
from cop.knowledge.schemas import LONGEST_BODY
from cop.knowledge.services import Overtaken
from cop.meetings.models import Meeting, MeetingState
from cop.meetings.queries import ActionRow
from cop.meetings.services.planning import people_in_turn
from cop.minutes import queries
from cop.minutes.models import Minutes, MinutesState
from cop.minutes.rules import Happened, Headings, replace_name, without_hidden, write_draft

UNTIL_IT_BEGAN = frozenset({MeetingState.DRAFT, MeetingState.SCHEDULED})


def may_write(meeting: Meeting, member: Membership) -> bool:
    """Tell whether a member writes the minutes: who moderates or organises the meeting, and coordinators."""
    return member.community_id == meeting.community_id and (
        member.coordinates or member.person_id in people_in_turn(meeting)
    )


def require_writer(meeting: Meeting, member: Membership) -> None:
    """Let through who writes the minutes, once the meeting has begun.

    Raises:
        Forbidden: for all other members.
        Conflict: before the meeting began, or when it was cancelled.
    """
    if not may_write(meeting, member):
        raise Forbidden(N_("The minutes are written by whoever moderates or organises the meeting."))
    if meeting.state == MeetingState.CANCELLED:
        raise Conflict(N_("This meeting was cancelled."))
    if meeting.state in UNTIL_IT_BEGAN and meeting.starts_at > now():
        raise Conflict(N_("The minutes can be written as soon as the meeting has begun."))


def draft_for(meeting: Meeting, happened: Happened | None = None) -> str:
    """Return what the minutes begin with, in the community's language.

    Without what `happened`, from the topics and actions of the meeting.
    """
    with force_locale(meeting.community.locale):
        starts, length = meeting.starts_local, timedelta(minutes=meeting.minutes)
        headings = Headings(
            proposed_by=_("Proposed by %(city)s", city="%(city)s"),
            talked=_("%(num)s min.", num="%(num)s"),
            decisions=_("Decisions"),
            actions=_("Who does what by when"),
            parked=_("Kept for later"),
            takeaways=_("What we take along"),
            next_date=_("The next meeting"),
            meeting=meeting.title,
        )
        known = happened or queries.what_happened(meeting, action_line)
        return write_draft(span(starts, starts + length), known, headings)


def action_line(action: ActionRow) -> str:
    """Say who does what until when, in the language of the moment."""
    facts = (action.owner, _("until %(day)s", day=day(action.due_on)) if action.due_on else "")
    told = ", ".join(fact for fact in facts if fact)
    return f"{action.text} ({told})" if told else action.text


def save_draft(meeting: Meeting, member: Membership, *, body: str, rev: int) -> Minutes:
    """Keep the text; `rev` is the revision it was written on, 0 for the first.

    Raises:
        Forbidden, Conflict: as `require_writer`.
        Invalid: when there is no text, or too much.
        Overtaken: when somebody else saved meanwhile; both texts are still there.
    """
    require_writer(meeting, member)
    check_body(body)
    lock(meeting)
    minutes = queries.minutes_of(meeting.id)
    if rev != (minutes.rev if minutes else 0):
        raise Overtaken(N_("Somebody else saved a change while you were writing. Both texts are below."))
    return keep(meeting, minutes, member.person_id, body)


def replace_in_draft(meeting: Meeting, member: Membership, *, name: str) -> Minutes:
    """Put the city in place of a member's name.

    Raises:
        Forbidden, Conflict: as `require_writer`.
        Conflict: when the name doesn't stand in the text any more.
    """
    require_writer(meeting, member)
    lock(meeting)
    minutes = saved(meeting)
    found = {
        finding.name: finding for finding in queries.findings_in(without_hidden(minutes.body), meeting.community_id)
    }
    if name not in found:
        raise Conflict(N_("This name does not stand in the text any more."))
    return keep(meeting, minutes, member.person_id, replace_name(minutes.body, name, found[name].city))


def begin_draft(meeting: Meeting, happened: Happened, person_id: UUID) -> None:
    """Draft the minutes of a meeting whose room has just closed, for who moderated; what was written before stays."""
    if queries.minutes_of(meeting.id) is None:
        keep(meeting, None, person_id, draft_for(meeting, happened))


def keep(meeting: Meeting, minutes: Minutes | None, person_id: UUID, body: str) -> Minutes:
    """Keep a text as the draft; permission was checked."""
    if minutes is None:
        minutes = Minutes(meeting_id=meeting.id, state=MinutesState.DRAFT, rev=0)
        db.session.add(minutes)
    minutes.body, minutes.rev = body, minutes.rev + 1
    minutes.saved_at, minutes.saved_by_id = now(), person_id
    db.session.flush()  # whoever reads after this must find it
    return minutes


def saved(meeting: Meeting) -> Minutes:
    """Return the draft.

    Raises:
        Conflict: when there is none yet.
    """
    minutes = queries.minutes_of(meeting.id)
    if minutes is None:
        raise Conflict(N_("Please save the minutes first."))
    return minutes


def check_body(body: str) -> None:
    """Refuse what is no text for minutes.

    Raises:
        Invalid: when there is none, or too much.
    """
    if not body.strip():
        raise Invalid({"body": [MISSING]})
    if len(body) > LONGEST_BODY:
        raise Invalid({"body": [TOO_LONG]})
