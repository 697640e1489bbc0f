# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What coordinators do: plan, change and cancel meetings."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for

from cop.accounts.session import require_account
from cop.base.audience import Audience
from cop.base.clock import now
from cop.base.db import get_or_404, transaction
from cop.base.errors import Invalid
from cop.base.forms import NoFields, in_words, read_form
from cop.base.i18n import N_, _
from cop.base.instance import this_city
from cop.base.web import coordinator
from cop.communities.models import Community
from cop.communities.reach import reach_rows
from cop.communities.rules import Membership
from cop.communities.services import require_coordinator
from cop.meetings import queries, services
from cop.meetings.models import Format, Meeting
from cop.meetings.rules import collection, same_weekday, wall_clock
from cop.meetings.schemas import REPEATS, MeetingForm, PlanForm, agenda_text
from cop.meetings.services.planning import CLOSES_DAYS, OPENS_DAYS
from cop.meetings.video import video_services
from cop.meetings.views.blueprint import Answer, pages
from cop.meetings.words import FORMATS, USUAL
from cop.meetings.words import REPEATS as REPEAT_WORDS

SOON = timedelta(days=28)


@pages.get("/communities/<uuid:community_id>/meetings/new")
@coordinator
def plan_form(community_id: UUID) -> Answer:
    require_coordinator(community_id, require_account().person_id)
    community = get_or_404(Community, community_id)
    return _form(community, None, _usual(community))


@pages.post("/communities/<uuid:community_id>/meetings/new")
@coordinator
def plan(community_id: UUID) -> Answer:
    person_id = require_account().person_id
    try:
        wanted = _read(PlanForm())
        with transaction():
            leader = require_coordinator(community_id, person_id)
            meeting_id = _plan(get_or_404(Community, community_id), leader, wanted)
    except Invalid as problem:
        require_coordinator(community_id, person_id)
        return _form(get_or_404(Community, community_id), None, request.form, in_words(problem)), 400
    return redirect(url_for("meetings.show", meeting_id=meeting_id), code=303)


def _plan(community: Community, leader: Membership, wanted: dict[str, Any]) -> UUID:
    """Plan what the form says; return the (first) meeting."""
    rule = _rule(wanted.pop("repeat"), wanted["starts_local"])
    number = wanted.pop("first_number")
    if rule is None:
        return services.plan_meeting(community, leader, zone=this_city().zone, **wanted).id
    once = {name: wanted.pop(name) for name in ("place", "description")}
    series = services.plan_series(community, leader, rrule=rule, zone=this_city().zone, first_number=number, **wanted)
    first = services.next_meeting(series)
    if first is None:
        raise Invalid({"starts_on": [N_("Please choose a day to come.")]})
    return services.change_meeting(first, leader, **once).id


def _rule(repeat: str, first: datetime) -> str | None:
    unit, number = REPEATS[repeat]
    if unit == "week":
        return f"FREQ=WEEKLY;INTERVAL={number}"
    return same_weekday(first, number) if unit == "month" else None


@pages.get("/meetings/<uuid:meeting_id>/edit")
@coordinator
def change_form(meeting_id: UUID) -> Answer:
    meeting, _leader = _led(meeting_id)
    return _form(meeting.community, meeting, _as_typed(meeting))


@pages.post("/meetings/<uuid:meeting_id>/edit")
@coordinator
def change(meeting_id: UUID) -> Answer:
    try:
        wanted = _read(MeetingForm())
        with transaction():
            meeting, leader = _led(meeting_id)
            opens, closes = collection(
                wanted["starts_local"],
                meeting.zone,
                opens_days=wanted.pop("opens_days_before"),
                closes_days=wanted.pop("closes_days_before"),
            )
            wanted["agenda"] = _with_kinds(wanted["agenda"], meeting)
            wanted["links"] = _with_labels(wanted["links"], meeting)
            services.change_meeting(meeting, leader, **wanted, collection_opens_at=opens, collection_closes_at=closes)
    except Invalid as problem:
        meeting, _leader = _led(meeting_id)
        return _form(meeting.community, meeting, request.form, in_words(problem)), 400
    return redirect(url_for("meetings.show", meeting_id=meeting_id), code=303)


@pages.get("/meetings/<uuid:meeting_id>/cancel")
@coordinator
def cancel_form(meeting_id: UUID) -> Answer:
    meeting, _leader = _led(meeting_id)
    return render_template(
        "meetings/confirm.html",
        meeting=meeting,
        question=N_("Cancel this meeting?"),
        lead=N_("Everybody who takes part is told. This can't be undone."),
        verb=N_("Cancel the meeting"),
        action=url_for("meetings.cancel", meeting_id=meeting_id),
    )


@pages.post("/meetings/<uuid:meeting_id>/cancel")
@coordinator
def cancel(meeting_id: UUID) -> Answer:
    read_form(NoFields(), request.form)
    with transaction():
        services.cancel_meeting(*_led(meeting_id))
    return redirect(url_for("meetings.show", meeting_id=meeting_id), code=303)


def _led(meeting_id: UUID) -> tuple[Meeting, Membership]:
    meeting = queries.visible(meeting_id, require_account().person_id)
    return meeting, require_coordinator(meeting.community_id, require_account().person_id)


def _read(schema: MeetingForm) -> dict[str, Any]:
    """Return what the form says, in the services' words."""
    said = read_form(schema, request.form)
    said["starts_local"] = datetime.combine(said.pop("starts_on"), said.pop("starts_at"))
    said["links"] = services.recognised(said["links"])
    if said["closes_days_before"] > said["opens_days_before"]:
        raise Invalid({"closes_days_before": [N_("The collection can't close before it opens.")]})
    return said


def _with_kinds(agenda: list[dict[str, Any]], meeting: Meeting) -> list[dict[str, Any]]:
    """Keep what a part was, since the form shows only which one is for topics."""
    before = {part["title"]: part["kind"] for part in meeting.agenda if part["kind"] != "leancoffee"}
    return [part | {"kind": before.get(part["title"], "fixed")} if part["kind"] == "fixed" else part for part in agenda]


def _with_labels(links: list[dict[str, str]], meeting: Meeting) -> list[dict[str, str]]:
    """Keep what a link was called, since the form shows only its address."""
    before = {link["url"]: link for link in meeting.links}
    return [before.get(link["url"], link) for link in links]


def _usual(community: Community) -> dict[str, Any]:
    usual = [{"minutes": n, "title": _(title), "kind": "leancoffee" if star else "fixed"} for n, title, star in USUAL]
    return {
        "starts_on": (wall_clock(now(), this_city().zone) + SOON).date().isoformat(),
        "starts_at": "10:00",
        "minutes": 120,
        "repeat": "three_months",
        "first_number": 1,
        "format": Format.ONLINE,
        "audience": Audience(community.visibility),
        "opens_days_before": OPENS_DAYS,
        "closes_days_before": CLOSES_DAYS,
        "agenda": agenda_text(usual),
    }


def _as_typed(meeting: Meeting) -> dict[str, Any]:
    def days_before(moment: datetime | None) -> int:
        return 0 if moment is None else (meeting.starts_local.date() - wall_clock(moment, meeting.zone).date()).days

    return {
        "title": meeting.title,
        "starts_on": meeting.starts_local.date().isoformat(),
        "starts_at": f"{meeting.starts_local:%H:%M}",
        "minutes": meeting.minutes,
        "format": meeting.format,
        "place": meeting.place,
        "description": meeting.description,
        "audience": meeting.audience,
        "opens_days_before": days_before(meeting.collection_opens_at),
        "closes_days_before": days_before(meeting.collection_closes_at),
        "agenda": agenda_text(meeting.agenda),
        "video_room": meeting.video_room,
        "links": "\n".join(link["url"] for link in meeting.links),
    }


def _form(
    community: Community,
    meeting: Meeting | None,
    values: Mapping[str, Any],
    errors: Mapping[str, list[str]] | None = None,
) -> str:
    return render_template(
        "meetings/form.html",
        community=community,
        meeting=meeting,
        values=values,
        errors=errors or {},
        reach=reach_rows(community),
        formats=[(value.value, _(label)) for value, label in FORMATS.items()],
        video_rooms=_video_rooms(),
        repeats=[(value, _(label)) for value, label in REPEAT_WORDS.items()],
    )


def _video_rooms() -> list[tuple[str, str]]:
    """Return what can be chosen; nothing where this city has no video server."""
    city = this_city().short
    ours = [
        (name, _("%(service)s of %(city)s", service=service.label, city=city))
        for name, service in video_services().items()
    ]
    return [("", _("none of ours: a link, or no video")), *ours] if ours else []
