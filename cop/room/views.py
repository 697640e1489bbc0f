# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The room's pages: what happens is a form's answer here, and reaches everybody else by the stream."""

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cop.accounts.guard import csrf_token
from cop.accounts.visitor import reader_id
from cop.base import live
from cop.base.clock import now
from cop.base.db import transaction
from cop.base.errors import Invalid, NotFound, Problem
from cop.base.forms import NoFields, in_words, read_form
from cop.base.i18n import N_, translated
from cop.base.web import member, open_to_visitors
from cop.communities.queries import members_of
from cop.communities.rules import Membership
from cop.communities.services import require_member
from cop.communities.services.people import shown_name
from cop.meetings.models import Meeting
from cop.meetings.queries import visible
from cop.meetings.visiting import of_meeting
from cop.room import presence, queries
from cop.room.commands import COMMANDS, Command
from cop.room.doors import picture
from cop.room.models import Room
from cop.room.services import closing, opening
from cop.room.services.moderation import may_take_over, moderates, require_moderation
from cop.room.showing import of_everybody, of_reader
from cop.room.streaming import channel_of, variant_of

views = Blueprint("room", __name__, url_prefix="/meetings/<uuid:meeting_id>/room", template_folder="templates")
Answer = str | Response | tuple[str, int]
#: what a request says that was sent by the room's script and not by the browser
BY_SCRIPT = "HX-Request"


@views.get("")
@member
@open_to_visitors(of_meeting)
def show(meeting_id: UUID) -> Answer:
    """Show the room; the first who comes prepares it."""
    if queries.room_of(meeting_id) is None:  # hundreds who come at once shall not wait for each other
        with transaction():
            opening.prepare(*_meeting(meeting_id))
    _of_meeting, membership = _meeting(meeting_id)
    room = _room(meeting_id)
    if room.ended_at is not None:
        return redirect(url_for("meetings.show", meeting_id=meeting_id), code=303)
    return render_template("room/room.html", **_facts(room, membership))


@views.get("/beamer")
@member
@open_to_visitors(of_meeting)
def beamer(meeting_id: UUID) -> Answer:
    """Show the board to a whole hall: nothing of one's own is on it."""
    _meeting(meeting_id)
    room = _room(meeting_id)
    facts = of_everybody(room, queries.board_of(room), now())
    return render_template(
        "room/beamer.html", role="beamer", qr=picture(room.code), present=presence.number(channel_of(room.id)), **facts
    )


@views.get("/live")
@member
@open_to_visitors(of_meeting)
def listen(meeting_id: UUID) -> Response:
    """Say what happens in the room from now on."""
    _of_meeting, membership = _meeting(meeting_id)
    room = _room(meeting_id)
    role = "moderator" if moderates(room, membership) else "member"
    hall = "beamer" in request.args
    return live.listen(
        channel=channel_of(room.id),
        variant=variant_of("beamer" if hall else role),
        after=request.args.get("after", 0, int),
        who="" if hall else str(membership.person_id),
        counted_as=f"hall {membership.person_id}",
    )


@views.get("/mine")
@member
@open_to_visitors(of_meeting)
def mine(meeting_id: UUID) -> Answer:
    """Say what is the reader's own, after a break."""
    _of_meeting, membership = _meeting(meeting_id)
    return _mine(_room(meeting_id), membership)


@views.get("/end")
@member
def end_form(meeting_id: UUID) -> Answer:
    meeting, membership = _meeting(meeting_id)
    require_moderation(_room(meeting_id), membership)
    return render_template(
        "meetings/confirm.html",
        meeting=meeting,
        question=N_("End this meeting?"),
        lead=N_("What was not discussed goes back to the backlog, turns count as served, and the minutes are drafted."),
        verb=N_("End the meeting"),
        action=url_for("room.end", meeting_id=meeting_id),
        back=url_for("room.show", meeting_id=meeting_id),
    )


@views.post("/end")
@member
def end(meeting_id: UUID) -> Answer:
    read_form(NoFields(), request.form)
    with transaction():
        _of_meeting, membership = _meeting(meeting_id)
        room = _room(meeting_id)
        closing.end(room, require_moderation(room, membership))
    return redirect(url_for("minutes.edit", meeting_id=meeting_id), code=303)


@views.post("/<command>")
@member
@open_to_visitors(lambda meeting_id, **_command: of_meeting(meeting_id))
def do(meeting_id: UUID, command: str) -> Answer:
    """Do one of the things of `COMMANDS`, and show the room again."""
    if command not in COMMANDS:
        raise NotFound
    try:
        membership = _run(meeting_id, COMMANDS[command])
    except Problem as problem:
        if BY_SCRIPT not in request.headers:
            raise
        return _refused(meeting_id, problem)
    if BY_SCRIPT in request.headers:
        return _mine(_room(meeting_id), membership)
    return redirect(url_for("room.show", meeting_id=meeting_id), code=303)


def _run(meeting_id: UUID, command: Command) -> Membership:
    with transaction():
        _of_meeting, membership = _meeting(meeting_id)
        room = _room(meeting_id)
        proof = require_moderation(room, membership) if command.moderates else membership
        facts = read_form(command.form(), request.form)
        command.run(room, proof, **facts)
    return membership


def _meeting(meeting_id: UUID) -> tuple[Meeting, Membership]:
    """Return a meeting and the reader's membership.

    Raises:
        NotFound: when there is no such meeting, or not for this person.
        Forbidden: for those who aren't members.
    """
    meeting = visible(meeting_id, reader_id())
    return meeting, require_member(meeting.community_id, reader_id())


def _room(meeting_id: UUID) -> Room:
    room = queries.room_of(meeting_id)
    if room is None:
        raise NotFound(N_("This room is not open yet."))
    return room


def _facts(room: Room, membership: Membership) -> dict[str, Any]:
    board = queries.board_of(room)
    own = of_reader(room, board, membership)
    people = members_of(membership.community_id) if own.moderates else []
    return {
        **of_everybody(room, board, now()),
        "present": presence.number(channel_of(room.id)),
        "role": "moderator" if own.moderates else "member",
        "mine": own,
        "may_take_over": may_take_over(room, membership),
        "people": [(str(one.person_id), shown_name(one)) for one in people],
        "token": csrf_token(),
    }


def _mine(room: Room, membership: Membership, problem: str = "") -> str:
    own = of_reader(room, queries.board_of(room), membership)
    return render_template("room/_mine.html", mine=own, problem=problem)


def _refused(meeting_id: UUID, problem: Problem) -> Answer:
    """Say in the room why something was refused, without leaving it."""
    told = [translated(problem.sentence, problem.values)]
    if isinstance(problem, Invalid):
        told = [sentence for sentences in in_words(problem).values() for sentence in sentences]
    _of_meeting, membership = _meeting(meeting_id)
    return _mine(_room(meeting_id), membership, " ".join(told)), problem.status
