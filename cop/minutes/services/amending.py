# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Members amend a draft until a day; whoever writes the minutes takes over or declines."""

from datetime import timedelta

from cop.base.clock import now
from cop.base.db import db, lock
from cop.base.errors import Conflict, Forbidden, Invalid
from cop.base.events import publish
from cop.base.forms import CHOOSE, MISSING, TOO_LONG
from cop.base.i18n import N_
from cop.base.instance import is_ours
from cop.communities.rules import Membership
from cop.knowledge.services import Overtaken
from cop.meetings.models import Meeting
from cop.meetings.services import mark_in_review
from cop.minutes import queries
from cop.minutes.events import AmendmentsAsked
from cop.minutes.models import Amendment, AmendmentState, Minutes, MinutesState
from cop.minutes.rules import MARKS, passages, take_over
from cop.minutes.services.writing import keep, require_writer, saved

USUAL_DAYS, MOST_DAYS = 7, 60
LONGEST_AMENDMENT, LONGEST_REASON = 2000, 300


def ask_for_amendments(meeting: Meeting, member: Membership, *, days: int = USUAL_DAYS) -> Minutes:
    """Let members read the saved draft and amend it for so many days; asked again, the days count from then.

    Raises:
        Forbidden, Conflict: as `require_writer`.
        Conflict: when nothing is saved yet, or it is published already.
        Invalid: for less than one day, or more than 60.
    """
    require_writer(meeting, member)
    if not 1 <= days <= MOST_DAYS:
        raise Invalid({"days": [N_("Please give 1 to 60 days.")]})
    lock(meeting)
    minutes = saved(meeting)
    if minutes.state == MinutesState.PUBLISHED:
        raise Conflict(N_("These minutes are published already."))
    minutes.amend_until = now() + timedelta(days=days)
    if is_ours(meeting.origin):
        mark_in_review(meeting)
    db.session.flush()  # subscribers read it
    publish(AmendmentsAsked(meeting.id))
    return minutes


def may_read_draft(meeting: Meeting, member: Membership, minutes: Minutes | None) -> bool:
    """Tell whether a member may read an unpublished draft: since amendments were asked for."""
    asked = minutes is not None and minutes.amend_until is not None and minutes.state == MinutesState.DRAFT
    return asked and member.community_id == meeting.community_id


def takes_amendments(minutes: Minutes | None) -> bool:
    """Tell whether a draft can be amended now."""
    until = minutes.amend_until if minutes is not None and minutes.state == MinutesState.DRAFT else None
    return until is not None and now() < until


def propose_amendment(
    meeting: Meeting, member: Membership, *, text: str, passage: int | None = None, rev: int = 0
) -> Amendment:
    """Propose another wording of a passage, or a remark on the whole.

    Args:
        meeting: whose draft it is.
        member: who proposes it.
        text: the new wording, or the remark; at most 2,000 characters.
        passage: which one of the draft's passages, from 0; none for a remark.
        rev: the revision of the draft that it was chosen in.

    Raises:
        Forbidden: for all but members.
        Conflict: when the deadline has passed, or nobody asked for amendments.
        Overtaken: when the draft changed since the passage was chosen.
        Invalid: without a text, with one too long, or for a passage that isn't there or stays the same.
    """
    lock(meeting)
    minutes = queries.minutes_of(meeting.id)
    if member.community_id != meeting.community_id:
        raise Forbidden(N_("Members only."))
    if minutes is None or not takes_amendments(minutes):
        raise Conflict(N_("These minutes can't be amended any more."))
    if passage is not None and minutes.rev != rev:
        raise Overtaken(N_("The text was changed meanwhile. Please look at it once more."))
    stands = _passage(minutes.body, passage)
    _check_text(text, stands)
    amendment = Amendment(
        minutes_id=minutes.id, person_id=member.person_id, passage=stands, text=text.strip(), proposed_at=now()
    )
    db.session.add(amendment)
    db.session.flush()  # the caller may need its id
    return amendment


def accept_amendment(amendment: Amendment, meeting: Meeting, member: Membership) -> bool:
    """Take an amendment over; tell whether the draft has it now.

    It has not when it is a remark, or its passage changed meanwhile: then the writer writes it in.

    Raises:
        Forbidden, Conflict: as `require_writer`.
        Conflict: when it was answered before.
    """
    _begin_answer(amendment, meeting, member)
    minutes = amendment.minutes
    body = take_over(minutes.body, amendment.passage, amendment.text)
    amendment.state, amendment.answered_at = AmendmentState.ACCEPTED, now()
    if body == minutes.body:
        return False
    keep(meeting, minutes, member.person_id, body)
    return True


def decline_amendment(amendment: Amendment, meeting: Meeting, member: Membership, *, reason: str) -> None:
    """Decline an amendment, with the reason in at most 300 characters.

    Raises:
        Forbidden, Conflict: as `require_writer`.
        Conflict: when it was answered before.
        Invalid: without a reason, or with too long a one.
    """
    _begin_answer(amendment, meeting, member)
    _check_length("reason", reason, LONGEST_REASON)
    amendment.state, amendment.answered_at, amendment.reason = AmendmentState.DECLINED, now(), reason.strip()


def _begin_answer(amendment: Amendment, meeting: Meeting, member: Membership) -> None:
    require_writer(meeting, member)
    lock(meeting)
    db.session.refresh(amendment)  # somebody may have answered while the lock was awaited
    if amendment.state != AmendmentState.PROPOSED:
        raise Conflict(N_("This amendment was answered already."))


def _passage(body: str, number: int | None) -> str:
    if number is None:
        return ""
    known = passages(body)
    if not 0 <= number < len(known):
        raise Invalid({"passage": [CHOOSE]})
    return known[number]


def _check_text(text: str, stands: str) -> None:
    _check_length("text", text, LONGEST_AMENDMENT)
    if text.strip() == stands:
        raise Invalid({"text": [N_("That is how it reads already.")]})
    if stands and any(text.count(mark) != stands.count(mark) for mark in MARKS):
        raise Invalid({"text": [N_("Please leave [[ and ]] as they are: they hide a passage.")]})


def _check_length(field: str, text: str, longest: int) -> None:
    if not text.strip():
        raise Invalid({field: [MISSING]})
    if len(text.strip()) > longest:
        raise Invalid({field: [TOO_LONG]})
