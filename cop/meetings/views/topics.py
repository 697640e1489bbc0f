# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Topics: propose, edit, withdraw, support, keep for later."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for

from cop.accounts.session import require_account
from cop.accounts.visitor import reader_id
from cop.base.db import db, get_or_404, transaction
from cop.base.errors import Invalid, NotFound
from cop.base.forms import NoFields, in_words, read_form
from cop.base.i18n import N_, _, locale
from cop.base.pending import PendingRequest
from cop.base.web import coordinator, member, open_to_visitors
from cop.communities.queries import community_by_uri
from cop.communities.rules import Membership
from cop.communities.services import require_coordinator, require_member
from cop.meetings import queries, services
from cop.meetings.models import Topic
from cop.meetings.schemas import SupportForm, TopicForm
from cop.meetings.views.blueprint import Answer, back_to, pages
from cop.meetings.views.meeting import meeting_page
from cop.meetings.visiting import of_meeting, of_topic, of_withdrawn


@pages.post("/meetings/<uuid:meeting_id>/topics")
@member
@open_to_visitors(of_meeting)
def propose(meeting_id: UUID) -> Answer:
    person_id = reader_id()
    try:
        wanted = read_form(TopicForm(), request.form)
        with transaction():
            meeting = queries.visible(meeting_id, person_id)
            membership = require_member(meeting.community_id, person_id)
            made = services.wish_topic(meeting, membership, **wanted, locale=locale())
            key = made.id
    except Invalid as problem:
        meeting = queries.visible(meeting_id, person_id)
        require_member(meeting.community_id, person_id)
        return meeting_page(meeting, values=request.form, errors=in_words(problem)), 400
    return redirect(f"{url_for('meetings.show', meeting_id=meeting_id)}#topic-{key}", code=303)


@pages.get("/topics/<uuid:topic_id>/edit")
@member
@open_to_visitors(of_topic)
def edit_form(topic_id: UUID) -> Answer:
    topic, _membership = _mine(topic_id)
    return _form(topic, {"title": topic.title, "pitch": topic.pitch})


@pages.post("/topics/<uuid:topic_id>/edit")
@member
@open_to_visitors(of_topic)
def edit(topic_id: UUID) -> Answer:
    try:
        wanted = read_form(TopicForm(), request.form)
        with transaction():
            topic, membership = _mine(topic_id)
            services.wish_edit(topic, membership, **wanted)
            place = _place(topic)
    except Invalid as problem:
        topic, _membership = _mine(topic_id)
        return _form(topic, request.form, in_words(problem)), 400
    return redirect(f"{place}#topic-{topic_id}", code=303)


def _form(topic: Topic, values: Mapping[str, Any], errors: Mapping[str, list[str]] | None = None) -> str:
    return render_template("meetings/topic.html", topic=topic, values=values, errors=errors or {}, place=_place(topic))


@pages.post("/topics/<uuid:topic_id>/withdraw")
@member
@open_to_visitors(of_topic)
def withdraw(topic_id: UUID) -> Answer:
    read_form(NoFields(), request.form)
    with transaction():
        topic, membership = _mine(topic_id)
        title, place = topic.title, _place(topic)
        request_made = services.wish_withdrawal(topic, membership)
        undo_id = request_made.id if request_made is not None else topic.id
    undo_url = url_for("meetings.undo", withdrawn_id=undo_id)
    flash({"text": _("You withdrew “%(title)s”.", title=title), "undo": undo_url})  # type: ignore[arg-type]
    return redirect(f"{place}#topics", code=303)


@pages.post("/topics/<uuid:withdrawn_id>/undo")
@member
@open_to_visitors(of_withdrawn)
def undo(withdrawn_id: UUID) -> Answer:
    read_form(NoFields(), request.form)
    with transaction():
        withdrawn, membership = _withdrawn(withdrawn_id)
        again = services.undo_withdrawal(withdrawn, membership)
        key, place = again.id, _place_of(again)
    return redirect(f"{place}#topic-{key}", code=303)


@pages.post("/topics/<uuid:topic_id>/support")
@member
@open_to_visitors(of_topic)
def support(topic_id: UUID) -> Answer:
    wanted = read_form(SupportForm(), request.form)
    with transaction():
        topic = get_or_404(Topic, topic_id)
        membership = require_member(topic.community_id, reader_id())
        services.wish_support(topic, membership, on=wanted["supported"] == "1")
        place = _place(topic)
    return back_to(place, anchor=f"topic-{topic_id}")


@pages.post("/topics/<uuid:topic_id>/later")
@coordinator
def keep_for_later(topic_id: UUID) -> Answer:
    read_form(NoFields(), request.form)
    with transaction():
        topic = get_or_404(Topic, topic_id)
        leader = require_coordinator(topic.community_id, require_account().person_id)
        services.move_to_backlog(topic, leader)
        place = _place(topic)
    return redirect(f"{place}#topic-{topic_id}", code=303)


@pages.post("/topics/<uuid:topic_id>/take-up")
@coordinator
def take_up(topic_id: UUID) -> Answer:
    read_form(NoFields(), request.form)
    person_id = require_account().person_id
    with transaction():
        topic = get_or_404(Topic, topic_id)
        leader = require_coordinator(topic.community_id, person_id)
        meeting = queries.next_meeting_of(topic.community_id, person_id)
        if meeting is None:
            raise NotFound(N_("There is no meeting ahead."))
        services.take_up(topic, meeting, leader)
        place = _place(topic)
    return redirect(f"{place}#topic-{topic_id}", code=303)


def _mine(topic_id: UUID) -> tuple[Topic, Membership]:
    """Return one's own topic, with the proof that one is a member.

    Raises:
        Forbidden: when somebody else proposed it.
    """
    topic = get_or_404(Topic, topic_id)
    membership = require_member(topic.community_id, reader_id())
    services.must_own(topic, membership)
    return topic, membership


def _withdrawn(withdrawn_id: UUID) -> tuple[Topic | PendingRequest, Membership]:
    """Return what was withdrawn: a topic here at its home, or the request to the home.

    Raises:
        NotFound: when there is neither, or it is somebody else's.
    """
    topic = db.session.get(Topic, withdrawn_id)
    if topic is not None:
        return _mine(withdrawn_id)
    person_id = reader_id()
    wish = get_or_404(PendingRequest, withdrawn_id)
    if wish.person_id != person_id or wish.kind != "withdraw_topic":
        raise NotFound(N_("This page does not exist."))
    community_id = _community_of(wish)
    return wish, require_member(community_id, person_id)


def _community_of(wish: PendingRequest) -> UUID:
    place = wish.details["place"]
    meeting = queries.meeting_by_uri(place)
    community = meeting.community if meeting is not None else community_by_uri(place)
    if community is None:
        raise NotFound(N_("This page does not exist."))
    return community.id


def _place_of(again: Topic | PendingRequest) -> str:
    if isinstance(again, Topic):
        return _place(again)
    meeting = queries.meeting_by_uri(again.object_uri)
    if meeting is not None:
        return url_for("meetings.show", meeting_id=meeting.id)
    community = community_by_uri(again.object_uri)
    return url_for("meetings.backlog", community_id=community.id) if community else "/"


def _place(topic: Topic) -> str:
    """Return the page a topic is on."""
    if topic.meeting_id is not None:
        return url_for("meetings.show", meeting_id=topic.meeting_id)
    return url_for("meetings.backlog", community_id=topic.community_id)
