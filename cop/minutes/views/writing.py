# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The draft of a meeting's minutes."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cop.base.db import transaction
from cop.base.errors import Invalid
from cop.base.forms import in_words, read_form
from cop.base.html import render_markdown
from cop.base.i18n import _, translated
from cop.base.pending import RequestState, waiting_for
from cop.base.web import member
from cop.communities.rules import Membership
from cop.knowledge.models import Article
from cop.knowledge.queries import about
from cop.knowledge.services import Overtaken
from cop.meetings.models import Meeting
from cop.minutes import queries, services
from cop.minutes.models import AmendmentState
from cop.minutes.schemas import DraftForm
from cop.minutes.views.blueprint import Page, meeting_of_member, views


@views.get("")
@member
def edit(meeting_id: UUID) -> Response | Page:
    """Show the draft to who writes it; everybody else gets to the published minutes."""
    meeting, membership = meeting_of_member(meeting_id)
    article = about(meeting.uri, membership.person_id)
    if article is not None and not services.may_write(meeting, membership):
        return redirect(url_for("knowledge.article", article_id=article.id))
    services.require_writer(meeting, membership)
    minutes = queries.minutes_of(meeting.id)
    values = {"body": minutes.body, "rev": minutes.rev} if minutes else {"body": _beginning(meeting, article), "rev": 0}
    return _edit_page(meeting, membership, values)


@views.post("")
@member
def save(meeting_id: UUID) -> Response | Page:
    """Keep the text; whoever saves second gets both texts."""
    meeting, membership = meeting_of_member(meeting_id)
    services.require_writer(meeting, membership)
    try:
        sent = read_form(DraftForm(), request.form)
        if sent["do"] == "preview":
            return _edit_page(meeting, membership, request.form, preview=render_markdown(sent["body"], remote=False))
        with transaction():
            meeting, membership = meeting_of_member(meeting_id)
            services.save_draft(meeting, membership, body=sent["body"], rev=sent["rev"])
    except Overtaken as problem:
        return _both_texts(meeting_id, problem)
    except Invalid as problem:
        return _edit_page(meeting, membership, request.form, errors=in_words(problem), status=problem.status)
    if sent["do"] == "publish":
        return redirect(url_for("minutes.choose", meeting_id=meeting_id))
    flash(_("Saved."))
    return redirect(url_for("minutes.edit", meeting_id=meeting_id))


def _beginning(meeting: Meeting, article: Article | None) -> str:
    """Return what a draft begins with; at a copy that may be the published text."""
    return article.body if article else services.draft_for(meeting)


def _both_texts(meeting_id: UUID, problem: Overtaken) -> Page:
    """Show what the second one wrote, to be saved on what the first one saved."""
    meeting, membership = meeting_of_member(meeting_id)
    minutes = queries.minutes_of(meeting.id)
    values = {"body": request.form.get("body", ""), "rev": minutes.rev if minutes else 0}
    errors = {"body": [translated(problem.sentence, problem.values)]}
    theirs = minutes.body if minutes else ""
    return _edit_page(meeting, membership, values, errors=errors, theirs=theirs, status=problem.status)


def _edit_page(
    meeting: Meeting, membership: Membership, values: Mapping[str, Any], *, status: int = 200, **more: Any
) -> Page:
    wishes = [wish for wish in waiting_for(membership.person_id, meeting.uri) if wish.kind == services.OFFER]
    minutes = queries.minutes_of(meeting.id)
    return render_template(
        "minutes/edit.html",
        meeting=meeting,
        minutes=minutes,
        unanswered=queries.count_amendments(minutes)[AmendmentState.PROPOSED] if minutes else 0,
        takes_amendments=services.takes_amendments(minutes),
        usual_days=services.USUAL_DAYS,
        saved_by=queries.saved_by(minutes) if minutes else "",
        article=about(meeting.uri, membership.person_id),
        wish=wishes[-1] if wishes else None,
        RequestState=RequestState,
        values=values,
        **({"errors": {}, "preview": "", "theirs": ""} | more),
    ), status
