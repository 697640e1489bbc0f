# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What administrators decide about a partner city: how far it is trusted, that it ends, what becomes of the copies."""

from uuid import UUID

from flask import Blueprint, flash, request
from werkzeug.wrappers import Response

from cop.base.db import get_or_404
from cop.base.errors import Invalid
from cop.base.forms import in_words, read_form
from cop.base.i18n import _
from cop.base.web import admin
from cop.sharing import services
from cop.sharing.copies import decide_copies
from cop.sharing.deciding import back_to, check_named, deciding
from cop.sharing.models import Copies, PeerRecord
from cop.sharing.partner_page import partner_page
from cop.sharing.schemas import CopiesForm, LevelsForm

pages = Blueprint("trust", __name__, url_prefix="/admin/partners/<uuid:peer_id>")

Answer = Response | tuple[str, int]


@pages.post("/levels")
@admin
def levels(peer_id: UUID) -> Answer:
    """Change how far a city is trusted in each direction."""
    try:
        wanted = read_form(LevelsForm(), request.form)
    except Invalid as problem:
        return _again(peer_id, problem)
    with deciding(peer_id) as decision:
        services.set_levels(decision.origin, **wanted, by=decision.by)
    flash(_("Saved. What %(city)s may not have any more is being taken from it.", city=decision.short))
    return back_to(peer_id)


@pages.post("/end")
@admin
def end(peer_id: UUID) -> Answer:
    """End a partnership."""
    try:
        wanted = _decided(peer_id)
    except Invalid as problem:
        return _again(peer_id, problem)
    with deciding(peer_id) as decision:
        services.end_peering(decision.origin, by=decision.by)
        decide_copies(decision.origin, wanted, by=decision.by)
    flash(_("The connection to %(city)s has ended.", city=decision.short))
    return back_to(peer_id)


@pages.post("/copies")
@admin
def copies(peer_id: UUID) -> Answer:
    """Change what became of what we have of a city."""
    try:
        wanted = _decided(peer_id)
    except Invalid as problem:
        return _again(peer_id, problem)
    with deciding(peer_id) as decision:
        decide_copies(decision.origin, wanted, by=decision.by)
    flash(_("Saved."))
    return back_to(peer_id)


def _decided(peer_id: UUID) -> Copies:
    """Read what becomes of the copies.

    Raises:
        Invalid: when they are to be deleted and the city was not named.
    """
    wanted = read_form(CopiesForm(), request.form)
    if wanted["copies"] == Copies.PURGED:
        check_named(peer_id, wanted["sure"], field="sure")
    return Copies(wanted["copies"])


def _again(peer_id: UUID, problem: Invalid) -> tuple[str, int]:
    return partner_page(get_or_404(PeerRecord, peer_id), in_words(problem)), 400
