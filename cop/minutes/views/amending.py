# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What members want changed in a draft, and the answers."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cop.base.db import get_or_404, transaction
from cop.base.errors import Conflict, Invalid, NotFound
from cop.base.forms import NoFields, in_words, read_form
from cop.base.html import render_markdown
from cop.base.i18n import N_, _, translated
from cop.base.web import member
from cop.communities.rules import Membership
from cop.knowledge.services import Overtaken
from cop.meetings.models import Meeting
from cop.minutes import queries, services
from cop.minutes.models import Amendment, AmendmentState, Minutes
from cop.minutes.rules import passages
from cop.minutes.schemas import AmendmentForm, AskForm, DeclineForm
from cop.minutes.views.blueprint import Page, meeting_of_member, views

Errors = Mapping[str, list[str]]


@views.get("/amendments")
@member
def amendments(meeting_id: UUID) -> Page:
    """Show the draft to members, and what is to be changed in it."""
    return _page(meeting_id, request.args)


@views.post("/amendments")
@member
def amend(meeting_id: UUID) -> Response | Page:
    try:
        sent = read_form(AmendmentForm(), request.form)
        with transaction():
            meeting, membership = meeting_of_member(meeting_id)
            services.propose_amendment(meeting, membership, **sent)
    except Invalid as problem:
        return _page(meeting_id, request.form, errors=in_words(problem), status=problem.status)
    except Overtaken as problem:
        errors = {"text": [translated(problem.sentence, problem.values)]}
        return _page(meeting_id, request.form, errors=errors, status=problem.status)
    flash(_("Proposed. Whoever writes the minutes answers here."))
    return _back(meeting_id)


@views.post("/amendments/ask")
@member
def ask(meeting_id: UUID) -> Response:
    with transaction():
        meeting, membership = meeting_of_member(meeting_id)
        days = read_form(AskForm(), request.form)["days"]
        services.ask_for_amendments(meeting, membership, days=days)
    flash(_("Members can read and amend the draft now."))
    return _back(meeting_id)


@views.post("/amendments/<uuid:amendment_id>/accept")
@member
def accept(meeting_id: UUID, amendment_id: UUID) -> Response:
    read_form(NoFields(), request.form)
    with transaction():
        meeting, membership, amendment = _amendment(meeting_id, amendment_id)
        taken_over = services.accept_amendment(amendment, meeting, membership)
    told = _("Accepted. The text has it now.") if taken_over else _("Accepted. Please write it into the text yourself.")
    flash(told)
    return _back(meeting_id)


@views.post("/amendments/<uuid:amendment_id>/decline")
@member
def decline(meeting_id: UUID, amendment_id: UUID) -> Response | Page:
    try:
        reason = read_form(DeclineForm(), request.form)["reason"]
        with transaction():
            meeting, membership, amendment = _amendment(meeting_id, amendment_id)
            services.decline_amendment(amendment, meeting, membership, reason=reason)
    except Invalid as problem:
        errors = {f"reason-{amendment_id}": in_words(problem)["reason"]}
        return _page(meeting_id, {}, errors=errors, status=problem.status)
    return _back(meeting_id)


def _amendment(meeting_id: UUID, amendment_id: UUID) -> tuple[Meeting, Membership, Amendment]:
    """Return an amendment of this meeting's minutes, for a member.

    Raises:
        NotFound: when there is none here.
    """
    meeting, membership = meeting_of_member(meeting_id)
    services.require_writer(meeting, membership)
    amendment = get_or_404(Amendment, amendment_id)
    if amendment.minutes.meeting_id != meeting.id:
        raise NotFound
    return meeting, membership, amendment


def _back(meeting_id: UUID) -> Response:
    return redirect(url_for("minutes.amendments", meeting_id=meeting_id), code=303)


def _readable(meeting_id: UUID) -> tuple[Meeting, Membership, Minutes]:
    """Return a draft that members may read.

    Raises:
        Conflict: when amendments weren't asked for.
    """
    meeting, membership = meeting_of_member(meeting_id)
    minutes = queries.minutes_of(meeting.id)
    if minutes is None or not services.may_read_draft(meeting, membership, minutes):
        raise Conflict(N_("These minutes can't be amended at the moment."))
    return meeting, membership, minutes


def _chosen(values: Mapping[str, Any], known: Sequence[str]) -> int | None:
    """Return which passage was chosen; what makes no sense chooses none."""
    said = values.get("passage", "")
    return int(said) if re.fullmatch("[0-9]{1,6}", said) and int(said) < len(known) else None


def _page(meeting_id: UUID, values: Mapping[str, Any], *, errors: Errors | None = None, status: int = 200) -> Page:
    meeting, membership, minutes = _readable(meeting_id)
    known = passages(minutes.body)
    return render_template(
        "minutes/amend.html",
        meeting=meeting,
        minutes=minutes,
        text=render_markdown(minutes.body, remote=False),
        passages=known,
        chosen=_chosen(values, known),
        writes=services.may_write(meeting, membership),
        open=services.takes_amendments(minutes),
        amendments=queries.amendments_of(minutes),
        AmendmentState=AmendmentState,
        values=values,
        errors=errors or {},
    ), status
