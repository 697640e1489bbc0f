# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A community's tabs: its meetings and its backlog of topics."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import redirect, request, url_for

from cop.accounts.session import require_account
from cop.accounts.visitor import reader_id
from cop.base.db import get_or_404, transaction
from cop.base.errors import Invalid
from cop.base.forms import NoFields, in_words, read_form
from cop.base.i18n import _, locale
from cop.base.instance import is_ours
from cop.base.web import coordinator, member, open_to_visitors, signed_in
from cop.communities import queries as communities
from cop.communities.models import Community
from cop.communities.pages import Action, community_page, reader_of
from cop.communities.services import require_coordinator, require_member
from cop.communities.views.blueprint import itself
from cop.meetings import queries, services
from cop.meetings.models import Series
from cop.meetings.schemas import TopicForm
from cop.meetings.views.blueprint import Answer, pages
from cop.meetings.visiting import as_read
from cop.meetings.words import FORMATS, STATES


@pages.get("/communities/<uuid:community_id>/meetings")
@signed_in
@open_to_visitors(itself)
def of_community(community_id: UUID) -> Answer:
    person_id = reader_id()
    community = communities.visible(community_id, person_id)
    reader = reader_of(community, person_id)
    ahead, before = queries.meetings_of(community.id, person_id)
    plans = is_ours(community.origin) and reader.membership is not None and reader.membership.coordinates
    values: dict[str, Any] = {"series": queries.series_of(community.id) if plans else []}
    if plans:
        url = url_for("meetings.plan_form", community_id=community.id)
        values["action"] = Action(_("Plan a meeting"), url, "add")
    return community_page(
        "meetings/of_community.html",
        community,
        tab="meetings",
        reader=reader,
        ahead=ahead,
        before=before,
        STATES=STATES,
        FORMATS=FORMATS,
        **values,
    )


@pages.get("/communities/<uuid:community_id>/topics")
@member
@open_to_visitors(itself)
def backlog(community_id: UUID) -> Answer:
    require_member(community_id, reader_id())
    return _backlog_page(get_or_404(Community, community_id))


@pages.post("/communities/<uuid:community_id>/topics")
@member
@open_to_visitors(itself)
def propose_for_later(community_id: UUID) -> Answer:
    person_id = reader_id()
    try:
        wanted = read_form(TopicForm(), request.form)
        with transaction():
            membership = require_member(community_id, person_id)
            community = get_or_404(Community, community_id)
            made = services.wish_topic_for_later(community, membership, **wanted, locale=locale())
            key = made.id
    except Invalid as problem:
        require_member(community_id, person_id)
        return _backlog_page(get_or_404(Community, community_id), request.form, in_words(problem)), 400
    return redirect(f"{url_for('meetings.backlog', community_id=community_id)}#topic-{key}", code=303)


def _backlog_page(
    community: Community, values: Mapping[str, Any] | None = None, errors: Mapping[str, list[str]] | None = None
) -> str:
    person_id = reader_id()
    return community_page(
        "meetings/backlog.html",
        community,
        tab="topics",
        action=None,
        topics=as_read(queries.backlog_of(community, person_id), community.id),
        next_meeting=queries.next_meeting_of(community.id, person_id),
        values=values or {},
        errors=errors or {},
    )


@pages.post("/series/<uuid:series_id>/end")
@coordinator
def end_series(series_id: UUID) -> Answer:
    read_form(NoFields(), request.form)
    with transaction():
        series = get_or_404(Series, series_id)
        leader = require_coordinator(series.community_id, require_account().person_id)
        services.end_series(series, leader)
        community_id = series.community_id
    return redirect(url_for("meetings.of_community", community_id=community_id), code=303)
