# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The step that publishes minutes."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cop.base.audience import Audience
from cop.base.db import transaction
from cop.base.errors import Invalid
from cop.base.forms import in_words, read_form
from cop.base.i18n import _, translated
from cop.base.instance import is_ours
from cop.base.web import member
from cop.communities.reach import reach_rows
from cop.knowledge.models import Article
from cop.knowledge.queries import about
from cop.knowledge.services import Overtaken
from cop.knowledge.words import DEFAULT_LICENCE, LICENCES
from cop.meetings.models import Meeting
from cop.minutes import queries, services
from cop.minutes.models import AmendmentState, Minutes
from cop.minutes.rules import hidden_passages, open_places, without_hidden
from cop.minutes.schemas import PublishForm, ReplaceForm
from cop.minutes.views.blueprint import Page, meeting_of_member, views


@views.get("/publish")
@member
def choose(meeting_id: UUID) -> Response | Page:
    """Ask who shall read it."""
    meeting, membership = meeting_of_member(meeting_id)
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
    meeting, membership = meeting_of_member(meeting_id)
    services.require_writer(meeting, membership)
    try:
        sent = read_form(PublishForm(), request.form)
        with transaction():
            meeting, membership = meeting_of_member(meeting_id)
            published = services.wish_publication(meeting, membership, **sent)
            article_id = published.id if isinstance(published, Article) else None
    except (Invalid, Overtaken) as problem:
        meeting, membership = meeting_of_member(meeting_id)
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
        meeting, membership = meeting_of_member(meeting_id)
        services.replace_in_draft(meeting, membership, name=sent["name"])
    return redirect(url_for("minutes.choose", meeting_id=meeting_id))


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
        article=minutes.article_id,
        amendments=queries.count_amendments(minutes),
        AmendmentState=AmendmentState,
        takes_amendments=services.takes_amendments(minutes),
        hidden=len(hidden_passages(minutes.body)),
        findings=queries.findings_in(without_hidden(minutes.body), meeting.community_id),
        open_places=open_places(minutes.body),
        licences=[(code, f"{licence.name}: {translated(licence.meaning)}") for code, licence in LICENCES.items()],
        values=values,
        errors=errors or {},
    ), status
