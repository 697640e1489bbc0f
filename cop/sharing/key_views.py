# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What administrators decide about keys: those of a partner city, and our own."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cop.accounts.session import require_admin
from cop.base.db import get_or_404
from cop.base.errors import Invalid
from cop.base.forms import NoFields, in_words, read_form
from cop.base.i18n import _
from cop.base.web import admin
from cop.sharing import partnering, peer_keys
from cop.sharing.deciding import back_to, deciding
from cop.sharing.key_words import our_keys
from cop.sharing.models import PeerRecord
from cop.sharing.partner_page import partner_page
from cop.sharing.rotating import revoke_own_keys, rotate_key
from cop.sharing.schemas import KeyForm, NewKeyForm, PurposeForm, SureForm
from federation.keys import Purpose

pages = Blueprint("own_keys", __name__, url_prefix="/admin/partners")

Answer = Response | tuple[str, int]
KEYS = "keys"


@pages.get("/keys")
@admin
def index() -> str:
    """Show our own keys."""
    return render_template("sharing/own_keys.html", keys=our_keys(), errors={})


@pages.post("/keys/new")
@admin
def rotate() -> Response:
    """Make a new key of our own."""
    purpose = Purpose(read_form(PurposeForm(), request.form)["purpose"])
    rotate_key(purpose, by=require_admin().person_id)
    flash(_("A new key was made, and the partner cities are told."))
    return redirect(url_for("own_keys.index"))


@pages.post("/keys/revoke")
@admin
def revoke_own() -> Answer:
    """Give up all our keys."""
    try:
        read_form(SureForm(), request.form)
    except Invalid as problem:
        return render_template("sharing/own_keys.html", keys=our_keys(), errors=in_words(problem)), 400
    revoke_own_keys(by=require_admin().person_id)
    flash(_("All keys were given up and made anew. Please call the partner cities: they compare the new code."))
    return redirect(url_for("own_keys.index"))


@pages.post("/<uuid:peer_id>/keys/confirm")
@admin
def confirm(peer_id: UUID) -> Answer:
    """Believe a new key of a city."""
    try:
        wanted = read_form(NewKeyForm(), request.form)
    except Invalid as problem:
        return partner_page(get_or_404(PeerRecord, peer_id), in_words(problem)), 400
    with deciding(peer_id) as decision:
        peer_keys.confirm_key(decision.origin, wanted["key"], by=decision.by)
    flash(_("The new key of %(city)s is believed from now on.", city=decision.short))
    return back_to(peer_id, KEYS)


@pages.post("/<uuid:peer_id>/keys/refuse")
@admin
def refuse(peer_id: UUID) -> Response:
    """Refuse a new key of a city."""
    wanted = read_form(KeyForm(), request.form)
    with deciding(peer_id) as decision:
        peer_keys.refuse_key(decision.origin, wanted["key"], by=decision.by)
    flash(_("Refused. Nothing that this key signs is believed."))
    return back_to(peer_id, KEYS)


@pages.post("/<uuid:peer_id>/keys/revoke")
@admin
def revoke(peer_id: UUID) -> Response:
    """Believe no key of a city any more."""
    read_form(NoFields(), request.form)
    with deciding(peer_id) as decision:
        peer_keys.revoke_keys(decision.origin, by=decision.by)
    city = decision.short
    flash(_("No key of %(city)s is believed any more. Nothing passes until a new one is compared.", city=city))
    return back_to(peer_id, KEYS)


@pages.post("/<uuid:peer_id>/keys/look")
@admin
def look(peer_id: UUID) -> Response:
    """Ask a city which key it has now."""
    read_form(NoFields(), request.form)
    partnering.look_for_keys(get_or_404(PeerRecord, peer_id).origin)
    return back_to(peer_id, KEYS)
