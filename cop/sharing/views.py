# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The administrators' pages about partner cities."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cop.accounts.session import require_admin
from cop.base import jumps, sqlite_library
from cop.base.db import get_or_404
from cop.base.errors import Conflict, Invalid
from cop.base.forms import NoFields, in_words, read_form
from cop.base.i18n import _, translated
from cop.base.web import admin
from cop.sharing import partnering, services
from cop.sharing.deciding import deciding
from cop.sharing.models import PeerRecord
from cop.sharing.partner_page import ours, partner_page
from cop.sharing.partners import partner, partners
from cop.sharing.rules import WORK
from cop.sharing.schemas import InvitationForm, LevelForm, OfferForm
from federation.ports import PeerState

pages = Blueprint("sharing", __name__, url_prefix="/admin/partners", template_folder="templates")

Answer = str | Response | tuple[str, int]


@pages.get("")
@admin
def index() -> str:
    """Show with whom this city is connected, and how that is doing."""
    warnings = [said for said in (sqlite_library.warning(), jumps.warning()) if said]
    return render_template("sharing/partners.html", partners=partners(), warnings=warnings)


@pages.get("/invite")
@admin
def invite_form() -> str:
    """Explain what an invitation is."""
    return render_template("sharing/invite.html", text="", ours=ours())


@pages.post("/invite")
@admin
def invite() -> str:
    """Make an invitation; its text is shown once."""
    read_form(NoFields(), request.form)
    text = partnering.invite(by=require_admin().person_id)
    return render_template("sharing/invite.html", text=text, ours=ours())


@pages.get("/accept")
@admin
def accept_form() -> str:
    """Ask for the invitation that another city sent."""
    return render_template("sharing/accept.html", invitation="", errors={})


@pages.post("/accept")
@admin
def accept() -> Answer:
    """Show who is behind an invitation."""
    try:
        text = read_form(InvitationForm(), request.form)["invitation"]
        seen = partnering.look(text)
    except (Conflict, Invalid) as problem:
        return _accept_again(problem)
    return _offer_page(seen, text, {})


@pages.post("/offer")
@admin
def offer() -> Answer:
    """Take up an invitation."""
    try:
        wanted = read_form(OfferForm(), request.form)
        seen = partnering.offer(wanted["invitation"], level=wanted["level"], by=require_admin().person_id)
    except Invalid as problem:
        text = request.form.get("invitation", "")
        return _offer_page(partnering.look(text), text, in_words(problem)), 400
    except Conflict as problem:
        return _accept_again(problem)
    flash(_("The request is on its way. An administrator of %(city)s confirms next.", city=seen.short))
    return _to_list()


@pages.get("/<uuid:peer_id>/confirm")
@admin
def confirm_form(peer_id: UUID) -> str:
    """Show who wants to connect."""
    return _confirm_page(_asking(peer_id), {})


@pages.post("/<uuid:peer_id>/confirm")
@admin
def confirm(peer_id: UUID) -> Answer:
    """Connect with a city."""
    peer = _asking(peer_id)
    try:
        wanted = read_form(LevelForm(), request.form)
    except Invalid as problem:
        return _confirm_page(peer, in_words(problem)), 400
    short, origin = peer.short, peer.origin
    partnering.confirm(origin, level=wanted["level"], by=require_admin().person_id)
    flash(_("%(city)s is a partner city now. What it may see is on its way.", city=short))
    return _to_list()


@pages.post("/<uuid:peer_id>/refuse")
@admin
def refuse(peer_id: UUID) -> Response:
    """Turn a city down."""
    read_form(NoFields(), request.form)
    partnering.refuse(_asking(peer_id).origin, by=require_admin().person_id)
    flash(_("Declined. Nothing was shared."))
    return _to_list()


@pages.get("/<uuid:peer_id>")
@admin
def manage(peer_id: UUID) -> str:
    """Show one connection, how far it goes, and how to end it."""
    return partner_page(get_or_404(PeerRecord, peer_id))


@pages.post("/<uuid:peer_id>/try")
@admin
def try_now(peer_id: UUID) -> Response:
    """Try at once what would be tried later."""
    read_form(NoFields(), request.form)
    with deciding(peer_id) as decision:
        services.try_now(decision.origin)
    flash(_("%(city)s is being asked again now.", city=decision.short))
    return _to_list()


def _asking(peer_id: UUID) -> PeerRecord:
    peer = get_or_404(PeerRecord, peer_id)
    services.require_state(peer, PeerState.ASKED)
    return peer


def _accept_again(problem: Conflict | Invalid) -> tuple[str, int]:
    errors: dict[str, Any] = (
        in_words(problem)
        if isinstance(problem, Invalid)
        else {"invitation": [translated(problem.sentence, problem.values)]}
    )
    invitation = request.form.get("invitation", "")
    return render_template("sharing/accept.html", invitation=invitation, errors=errors), problem.status


def _offer_page(seen: partnering.Seen, text: str, errors: dict[str, list[str]]) -> str:
    level = request.form.get("level", str(WORK))
    facts = {"seen": seen, "invitation": text, "errors": errors, "level": level, "ours": ours()}
    return render_template("sharing/offer.html", **facts)


def _confirm_page(peer: PeerRecord, errors: dict[str, list[str]]) -> str:
    level = request.form.get("level", str(WORK))
    facts = {"partner": partner(peer), "errors": errors, "level": level, "ours": ours()}
    return render_template("sharing/confirm.html", **facts)


def _to_list() -> Response:
    return redirect(url_for("sharing.index"))
