# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages of turns: answering one, and choosing to take them."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from cop.accounts.rules import safe_path
from cop.accounts.session import require_account
from cop.accounts.setup import city_of
from cop.base.db import get_or_404, transaction
from cop.base.forms import FormSchema, choice, read_form
from cop.base.i18n import _
from cop.base.instance import is_ours
from cop.base.pending import RequestState
from cop.base.web import member
from cop.communities.models import Community
from cop.communities.services import require_member
from cop.rotation import services
from cop.rotation.models import Assignment
from cop.rotation.pages import choice_of, occasion_of
from cop.rotation.queries import takes_turns
from cop.rotation.reading import asked_after, shown

pages = Blueprint("rotation", __name__, template_folder="templates")


class AnswerForm(FormSchema):
    """What somebody says about a turn."""

    answer = choice("confirm", "pass", "take")
    next = fields.String(load_default="")


class ChoiceForm(FormSchema):
    """Whether somebody takes turns."""

    takes_turns = choice("yes", "no")
    knows_it = fields.String(load_default="")


@pages.get("/turns/<uuid:turn_id>", endpoint="turn")
@member
def show(turn_id: UUID) -> str:
    found = get_or_404(Assignment, turn_id)
    reader = require_member(found.community_id, require_account().person_id)
    community = get_or_404(Community, found.community_id)
    turn = shown([found], reader.person_id)[0]
    return render_template(
        "rotation/turn.html",
        turn=turn,
        community=community,
        occasion=occasion_of(turn),
        next_asked=asked_after(turn),
    )


@pages.post("/turns/<uuid:turn_id>/answer")
@member
def answer(turn_id: UUID) -> Response:
    wanted = read_form(AnswerForm(), request.form)
    with transaction():
        found = get_or_404(Assignment, turn_id)
        reader = require_member(found.community_id, require_account().person_id)
        services.answer_turn(found, reader, wanted["answer"])
        told = _told(found, wanted["answer"])
    flash(told)
    return redirect(safe_path(wanted["next"]) if wanted["next"] else url_for("rotation.turn", turn_id=turn_id), 303)


def _told(turn: Assignment, answer: str) -> str:
    if not is_ours(turn.origin):
        return _("Your answer is on its way to %(city)s.", city=city_of(turn.origin).short)
    if answer == "pass" and turn.person is not None:
        return _("Passed on. %(name)s is asked now.", name=turn.person.display_name)
    if answer == "pass":
        return _("Passed on. Everybody who takes turns is asked now.")
    return _("Thank you. The turn is yours.")


@pages.get("/communities/<uuid:community_id>/turns", endpoint="choice")
@member
def choice_page(community_id: UUID) -> str:
    reader = require_member(community_id, require_account().person_id)
    community = get_or_404(Community, community_id)
    return render_template(
        "rotation/choice.html",
        community=community,
        takes_turns=takes_turns(community_id, reader.person_id),
        waiting=choice_of(community, reader, RequestState.WAITING),
        refused=choice_of(community, reader, RequestState.REFUSED),
    )


@pages.post("/communities/<uuid:community_id>/turns")
@member
def choose(community_id: UUID) -> Response:
    wanted = read_form(ChoiceForm(), request.form)
    with transaction():
        reader = require_member(community_id, require_account().person_id)
        community = get_or_404(Community, community_id)
        if wanted["takes_turns"] == "yes":
            services.wish_to_take_turns(community, reader, knows_it=bool(wanted["knows_it"]))
        else:
            services.wish_to_stop(community, reader)
    flash(_("Saved."))
    return redirect(url_for("rotation.choice", community_id=community_id), 303)
