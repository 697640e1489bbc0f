# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Meetings for calendars: one as a file, all of a person's as an address."""

from uuid import UUID

from flask import Response, g, redirect, render_template, request, url_for

from cop.accounts.models import Person
from cop.accounts.session import require_account
from cop.base.db import db, transaction
from cop.base.errors import Forbidden, NotFound
from cop.base.forms import NoFields, read_form
from cop.base.i18n import N_
from cop.base.web import public, signed_in
from cop.communities.services import require_member
from cop.meetings import calendar, queries, services
from cop.meetings.services.feeds import token_hash
from cop.meetings.views.blueprint import Answer, pages

LONGEST_TOKEN = 100


@pages.get("/meetings/<uuid:meeting_id>.ics")
@signed_in
def file(meeting_id: UUID) -> Response:
    person_id = require_account().person_id
    meeting = queries.visible(meeting_id, person_id)
    try:
        require_member(meeting.community_id, person_id)
        links = queries.taking_part(meeting, person_id).links
    except (Forbidden, NotFound):
        links = ()
    return _as_calendar(calendar.meeting_calendar(meeting, links), f"{meeting_id}.ics")


@pages.get("/calendar/feed")
@signed_in
def feed_page() -> Answer:
    return render_template("meetings/feed.html", feed=queries.feed_of(require_account().person_id), address=None)


@pages.post("/calendar/feed")
@signed_in
def make_feed() -> Answer:
    """Show the new address once: only its hash is stored."""
    read_form(NoFields(), request.form)
    with transaction():
        token = services.make_feed(require_account().person_id)
    address = url_for("meetings.feed", token=token, _external=True)
    return render_template("meetings/feed.html", feed=queries.feed_of(require_account().person_id), address=address)


@pages.post("/calendar/feed/end")
@signed_in
def end_feed() -> Answer:
    read_form(NoFields(), request.form)
    with transaction():
        services.end_feed(require_account().person_id)
    return redirect(url_for("meetings.feed_page"), code=303)


@pages.get("/calendar/feed/<token>.ics")
@public
def feed(token: str) -> Response:
    """Answer a calendar program: whoever has the address has the calendar, without any room's link."""
    person_id = queries.person_of_feed(token_hash(token)) if len(token) <= LONGEST_TOKEN else None
    if person_id is None:
        raise NotFound(N_("This calendar address is no longer in use."))
    person = db.session.get_one(Person, person_id)
    # a calendar program has no language of its own
    g.cop_locale = person.locale or None
    return _as_calendar(calendar.feed_calendar(queries.in_feed_of(person_id)), "reihum.ics")


def _as_calendar(body: bytes, name: str) -> Response:
    answer = Response(body, content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
