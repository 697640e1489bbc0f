# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages of a meeting's minutes: the draft, and the step to publish it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cop.accounts.session import require_account
from cop.base.audience import Audience
from cop.base.db import get_or_404, transaction
from cop.base.errors import Invalid
from cop.base.forms import in_words, read_form
from cop.base.html import render_markdown
from cop.base.i18n import _, translated
from cop.base.instance import is_ours
from cop.base.pending import RequestState, waiting_for
from cop.base.web import member
from cop.communities.reach import reach_rows
from cop.communities.rules import Membership
from cop.communities.services import require_member
from cop.knowledge.models import Article
from cop.knowledge.queries import about
from cop.knowledge.services import Overtaken
from cop.knowledge.words import DEFAULT_LICENCE, LICENCES
from cop.meetings.models import Meeting
from cop.minutes import queries, services
from cop.minutes.models import Minutes
from cop.minutes.rules import open_places
from cop.minutes.schemas import DraftForm, PublishForm, ReplaceForm

views = Blueprint("minutes", __name__, url_prefix="/meetings/<uuid:meeting_id>/minutes", template_folder="templates")
Page = tuple[str, int]


@views.get("")
@member
def edit(meeting_id: UUID) -> Response | Page:
    """Show the draft to who writes it; everybody else gets to the published minutes."""
    meeting, membership = _meeting(meeting_id)
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
    meeting, membership = _meeting(meeting_id)
    services.require_writer(meeting, membership)
    try:
        sent = read_form(DraftForm(), request.form)
        if sent["do"] == "preview":
            return _edit_page(meeting, membership, request.form, preview=render_markdown(sent["body"], remote=False))
        with transaction():
            meeting, membership = _meeting(meeting_id)
            services.save_draft(meeting, membership, body=sent["body"], rev=sent["rev"])
    except Overtaken as problem:
        return _both_texts(meeting_id, problem)
    except Invalid as problem:
        return _edit_page(meeting, membership, request.form, errors=in_words(problem), status=problem.status)
    if sent["do"] == "publish":
        return redirect(url_for("minutes.choose", meeting_id=meeting_id))
    flash(_("Saved."))
    return redirect(url_for("minutes.edit", meeting_id=meeting_id))


@views.get("/publish")
@member
def choose(meeting_id: UUID) -> Response | Page:
    """Ask who shall read it."""
    meeting, membership = _meeting(meeting_id)
    services.require_writer(meeting, membership)
    minutes = queries.minutes_of(meeting.id)
    if minutes is None:
        return redirect(url_for("minutes.edit", meeting_id=meeting_id))
    article = about(meeting.uri, membership.person_id)
    return _publish_page(
        meeting,
        minutes,
        {
            "audience": article.audience if article else Audience.COMMUNITY,
            "licence": article.licence if article else DEFAULT_LICENCE,
        },
    )


@views.post("/publish")
@member
def publish(meeting_id: UUID) -> Response | Page:
    meeting, membership = _meeting(meeting_id)
    services.require_writer(meeting, membership)
    try:
        sent = read_form(PublishForm(), request.form)
        with transaction():
            meeting, membership = _meeting(meeting_id)
            published = services.wish_publication(meeting, membership, **sent)
            article_id = published.id if isinstance(published, Article) else None
    except (Invalid, Overtaken) as problem:
        meeting, membership = _meeting(meeting_id)
        minutes = queries.minutes_of(meeting.id)
        if minutes is None:
            return redirect(url_for("minutes.edit", meeting_id=meeting_id))
        errors = (
            in_words(problem)
            if isinstance(problem, Invalid)
            else {"audience": [translated(problem.sentence, problem.values)]}
        )
        return _publish_page(meeting, minutes, request.form, errors=errors, status=problem.status)
    if article_id is None:
        flash(_("Handed in. The minutes are on their way."))
        return redirect(url_for("minutes.edit", meeting_id=meeting_id))
    flash(_("Published."))
    return redirect(url_for("knowledge.article", article_id=article_id))


@views.post("/replace")
@member
def replace(meeting_id: UUID) -> Response:
    """Put the city in place of a name."""
    sent = read_form(ReplaceForm(), request.form)
    with transaction():
        meeting, membership = _meeting(meeting_id)
        services.replace_in_draft(meeting, membership, name=sent["name"])
    return redirect(url_for("minutes.choose", meeting_id=meeting_id))


def _meeting(meeting_id: UUID) -> tuple[Meeting, Membership]:
    """Return a meeting and the reader's membership.

    Raises:
        NotFound: when there is no such meeting, or not for this person.
        Forbidden: for those who aren't members.
    """
    meeting = get_or_404(Meeting, meeting_id)
    return meeting, require_member(meeting.community_id, require_account().person_id)


def _beginning(meeting: Meeting, article: Article | None) -> str:
    """Return what a draft begins with; at a copy that may be the published text."""
    return article.body if article else services.draft_for(meeting)


def _both_texts(meeting_id: UUID, problem: Overtaken) -> Page:
    """Show what the second one wrote, to be saved on what the first one saved."""
    meeting, membership = _meeting(meeting_id)
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
        saved_by=queries.saved_by(minutes) if minutes else "",
        article=about(meeting.uri, membership.person_id),
        wish=wishes[-1] if wishes else None,
        RequestState=RequestState,
        values=values,
        **({"errors": {}, "preview": "", "theirs": ""} | more),
    ), status


def _publish_page(
    meeting: Meeting,
    minutes: Minutes,
    values: Mapping[str, Any],
    *,
    errors: Mapping[str, list[str]] | None = None,
    status: int = 200,
) -> Page:
    return render_template(
        "minutes/publish.html",
        meeting=meeting,
        minutes=minutes,
        ours=is_ours(meeting.origin),
        rows=reach_rows(meeting.community, meeting.origin),
        findings=queries.findings_in(minutes.body, meeting.community_id),
        open_places=open_places(minutes.body),
        licences=[(code, f"{licence.name}: {translated(licence.meaning)}") for code, licence in LICENCES.items()],
        values=values,
        errors=errors or {},
    ), status
