# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""One meeting: its page, taking part, the end."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for

from cop.accounts.session import require_account
from cop.accounts.visitor import current_visitor, reader_id
from cop.base.clock import now
from cop.base.db import get_or_404, transaction
from cop.base.forms import NoFields, read_form
from cop.base.i18n import N_, _
from cop.base.instance import is_ours, this_city
from cop.base.web import member, open_to_visitors, signed_in
from cop.communities.pages import reader_of, way_in
from cop.communities.rules import Membership
from cop.communities.services import require_member
from cop.meetings import models as m
from cop.meetings import queries, services
from cop.meetings.models import OVER, Meeting
from cop.meetings.pages import action_of, blocks_of
from cop.meetings.queries import ActionRow
from cop.meetings.rules import agenda_times, ends_at, room_opens_at, topics_that_fit, wall_clock, window
from cop.meetings.schemas import AnswerForm
from cop.meetings.views.blueprint import Answer, pages
from cop.meetings.visiting import as_read, of_meeting
from cop.meetings.words import FORMATS, STATES
from cop.rotation.models import TurnState
from cop.rotation.queries import turns_of
from cop.rotation.reading import ShownTurn, shown


@pages.get("/meetings/<uuid:meeting_id>")
@signed_in
@open_to_visitors(of_meeting)
def show(meeting_id: UUID) -> Answer:
    return meeting_page(queries.visible(meeting_id, reader_id()))


def meeting_page(
    meeting: Meeting,
    *,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, list[str]] | None = None,
    no_video: bool = False,
) -> str:
    """Render a meeting's page, with what was typed when a form came back.

    `no_video`: the reader wanted to enter the video room, and its server doesn't answer.
    """
    person_id = reader_id()
    reader = reader_of(meeting.community, person_id)
    inside, visits = reader.membership is not None, current_visitor() is not None
    turns = shown(turns_of(meeting.uri), person_id) if inside and not visits else []
    return render_template(
        "meetings/meeting.html",
        meeting=meeting,
        reader=reader,
        membership=reader.membership,
        way_in=None if inside else way_in(meeting.community, reader),
        topics=as_read(queries.topics_of(meeting, person_id), meeting.community_id) if inside else [],
        part=queries.taking_part(meeting, person_id) if inside else None,
        cities=queries.cities_of_confirmed(meeting) if inside and is_ours(meeting.origin) else 0,
        turns=turns,
        actions=actions_for(meeting) if inside and not visits else [],
        blocks=blocks_of(meeting, reader.membership) if not visits else [],
        action=action_of(meeting, reader.membership, person_id),
        leads=leads(meeting, reader.membership, turns),
        values=values or {},
        errors=errors or {},
        no_video=no_video,
        **facts_of(meeting),
    )


def actions_for(meeting: Meeting) -> list[ActionRow]:
    """Return what came out of a meeting that is over; before that, what is open and waits to be looked at."""
    if meeting.state in OVER:
        return queries.actions_of(meeting.id)
    return queries.open_actions(meeting.community)


def facts_of(meeting: Meeting) -> dict[str, Any]:
    """Return what the page says about time, agenda and collection."""
    ends = ends_at(meeting.starts_at, meeting.minutes)
    return {
        "starts": meeting.starts_local,
        "ends": wall_clock(ends, meeting.zone),
        "other_zone": wall_clock(meeting.starts_at, this_city().zone) != meeting.starts_local,
        "agenda": agenda_times(meeting.agenda, meeting.starts_local),
        "fit": topics_that_fit(meeting.agenda),
        "format": FORMATS[m.Format(meeting.format)],
        "state": STATES.get(m.MeetingState(meeting.state)),
        "over": meeting.state in OVER,
        "window": window(meeting.collection_opens_at, meeting.collection_closes_at, now()),
        "room_open": now() >= room_opens_at(meeting.starts_at),
        "begun": now() >= meeting.starts_at,
    }


def leads(meeting: Meeting, membership: Membership | None, turns: Iterable[ShownTurn]) -> bool:
    """Tell whether the reader may end a meeting of ours."""
    if membership is None or not is_ours(meeting.origin):
        return False
    in_turn = any(turn.me and turn.state != TurnState.OPEN_CALL for turn in turns)
    return services.may_end(membership, in_turn=in_turn)


@pages.post("/meetings/<uuid:meeting_id>/answer")
@member
def answer(meeting_id: UUID) -> Answer:
    wanted = m.Answer(read_form(AnswerForm(), request.form)["answer"])
    with transaction():
        meeting = queries.visible(meeting_id, require_account().person_id)
        membership = require_member(meeting.community_id, require_account().person_id)
        before = queries.taking_part(meeting, membership.person_id).answer
        services.wish_answer(meeting, membership, wanted)
    here = url_for("meetings.show", meeting_id=meeting_id)
    if wanted == m.Answer.DECLINED and before == m.Answer.CONFIRMED:
        undo = url_for("meetings.answer", meeting_id=meeting_id)
        told = {"text": _("You said that you can't come."), "undo": undo, "fields": {"answer": m.Answer.CONFIRMED}}
        flash(told)  # type: ignore[arg-type]  # the frame's toast takes a mapping
    return redirect(f"{here}#taking-part", code=303)


@pages.get("/meetings/<uuid:meeting_id>/end")
@member
def end_form(meeting_id: UUID) -> Answer:
    person_id = require_account().person_id
    meeting = queries.visible(meeting_id, person_id)
    membership = require_member(meeting.community_id, person_id)
    services.must_lead(meeting, membership)
    return render_template(
        "meetings/confirm.html",
        meeting=meeting,
        question=N_("End this meeting?"),
        lead=N_("Its turns count as served, and the minutes can be written. This can't be undone."),
        verb=N_("End the meeting"),
        action=url_for("meetings.end", meeting_id=meeting_id),
    )


@pages.post("/meetings/<uuid:meeting_id>/end")
@member
def end(meeting_id: UUID) -> Answer:
    read_form(NoFields(), request.form)
    with transaction():
        meeting = get_or_404(Meeting, meeting_id)
        membership = require_member(meeting.community_id, require_account().person_id)
        services.end_meeting(meeting, membership)
    return redirect(url_for("meetings.show", meeting_id=meeting_id), code=303)
