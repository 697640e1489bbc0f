# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The page on which one switches mails on and off."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from cop.accounts.session import require_account
from cop.base.db import transaction
from cop.base.forms import FormSchema, read_form
from cop.base.i18n import N_, _
from cop.base.web import signed_in
from cop.notifications import services
from cop.notifications.models import Kind
from cop.notifications.queries import switched_off_by

pages = Blueprint("notifications", __name__, template_folder="templates")

WORDS: Mapping[Kind, str] = {
    Kind.TURN: N_("it is my turn"),
    Kind.MEETING_PLANNED: N_("a meeting of my communities is planned"),
    Kind.MEETING_CANCELLED: N_("a meeting of my communities is cancelled"),
    Kind.MINUTES: N_("minutes of my communities can be amended or are published"),
    Kind.JOIN_ANSWERED: N_("a community answers my wish to join"),
    Kind.JOIN_ASKED: N_("somebody asks to join a community that I coordinate"),
}

#: one box a kind
ChoiceForm = FormSchema.from_dict({kind.value: fields.String(load_default="") for kind in Kind}, name="ChoiceForm")


@pages.get("/notifications")
@signed_in
def choices() -> str:
    switched_off = switched_off_by(require_account().person_id)
    return render_template(
        "notifications/choices.html",
        kinds=[(kind.value, _(words), kind not in switched_off) for kind, words in WORDS.items()],
        email=require_account().email,
    )


@pages.post("/notifications")
@signed_in
def choose() -> Response:
    wanted = {Kind(name) for name, value in read_form(ChoiceForm(), request.form).items() if value}
    with transaction():
        services.choose(require_account().person_id, wanted)
    flash(_("Saved."))
    return redirect(url_for("notifications.choices"), 303)
