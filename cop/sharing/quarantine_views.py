# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Putting what came from a city into quarantine, and what becomes of it."""

from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, request
from werkzeug.wrappers import Response

from cop.base.db import get_or_404
from cop.base.errors import Conflict, Invalid
from cop.base.forms import NoFields, in_words, read_form
from cop.base.i18n import _, translated
from cop.base.instance import this_city
from cop.base.web import admin
from cop.sharing.deciding import back_to, check_named, deciding
from cop.sharing.models import PeerRecord
from cop.sharing.partner_page import partner_page
from cop.sharing.quarantine import begin_quarantine, drop_quarantine, release_quarantine
from cop.sharing.quarantine_work import work_off
from cop.sharing.schemas import NamedForm, QuarantineForm

pages = Blueprint("quarantine", __name__, url_prefix="/admin/partners/<uuid:peer_id>/quarantine")

Answer = Response | tuple[str, int]
HERE = "quarantine"


@pages.post("")
@admin
def begin(peer_id: UUID) -> Answer:
    """Hide what came from a city since a moment."""
    try:
        wanted = read_form(QuarantineForm(), request.form)
        since = wanted["since"].replace(tzinfo=ZoneInfo(this_city().zone))
        with deciding(peer_id) as decision:
            begin_quarantine(decision.origin, since=since, holds=wanted["arrivals"] == "wait", by=decision.by)
        work_off(decision.origin)
    except Invalid as problem:
        return _again(peer_id, in_words(problem), problem.status)
    except Conflict as problem:
        return _again(peer_id, {"since": [translated(problem.sentence, problem.values)]}, problem.status)
    flash(_("In quarantine. Nothing is lost: you can undo it."))
    return back_to(peer_id, HERE)


@pages.post("/release")
@admin
def release(peer_id: UUID) -> Response:
    """Undo a quarantine."""
    read_form(NoFields(), request.form)
    with deciding(peer_id) as decision:
        release_quarantine(decision.origin, by=decision.by)
    work_off(decision.origin)
    flash(_("The quarantine is over: everything is shown again, and what waited is being taken."))
    return back_to(peer_id, HERE)


@pages.post("/drop")
@admin
def drop(peer_id: UUID) -> Answer:
    """Delete for good what is in quarantine."""
    try:
        check_named(peer_id, read_form(NamedForm(), request.form)["named"], field="named")
    except Invalid as problem:
        return _again(peer_id, in_words(problem), problem.status)
    with deciding(peer_id) as decision:
        drop_quarantine(decision.origin, by=decision.by)
    flash(_("Deleted for good. %(city)s is being asked how things stand.", city=decision.short))
    return back_to(peer_id, HERE)


def _again(peer_id: UUID, errors: dict[str, list[str]], status: int) -> tuple[str, int]:
    return partner_page(get_or_404(PeerRecord, peer_id), errors), status
