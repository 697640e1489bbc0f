# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What administrators do with dead letters and with what waits."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, request, url_for
from marshmallow import fields, validate
from werkzeug.wrappers import Response

from cop.accounts.session import require_admin
from cop.base.db import get_or_404
from cop.base.forms import CHOOSE, FormSchema, NoFields, read_form
from cop.base.i18n import N_, ngettext, translated
from cop.base.web import admin
from cop.sharing import letters, services
from cop.sharing.deciding import back_to, deciding
from cop.sharing.letter_words import listed
from cop.sharing.models import DeliveryState, PeerRecord

pages = Blueprint("letters", __name__, url_prefix="/admin/partners/<uuid:peer_id>/letters")
#: what a button drops -> the state it is in
SENDING = "sending"
STATES = {"refused": DeliveryState.DEAD, "waiting": DeliveryState.DUE}


class LettersForm(FormSchema):
    """Which letter; all where none is named."""

    letter = fields.UUID(load_default=None, error_messages={"invalid_uuid": CHOOSE})


class DropForm(LettersForm):
    """Which letter, or all of which state."""

    which = fields.String(load_default="refused", validate=validate.OneOf(list(STATES), error=CHOOSE))


class TakeBackForm(LettersForm):
    """Which letter, or all that were dropped at one moment."""

    at = fields.AwareDateTime(load_default=None, format="iso", error_messages={"invalid": CHOOSE})


def letters_of(peer: PeerRecord) -> dict[str, Any]:
    """Return what the page of a partner city shows of its letters."""
    return {
        "counts": letters.counts().get(peer.id, letters.Counts()),
        "refused": listed(peer, DeliveryState.DEAD),
        "dropped": listed(peer, DeliveryState.DROPPED),
        "kept_days": letters.DROPPED_KEPT.days,
    }


@pages.post("/replay")
@admin
def replay(peer_id: UUID) -> Response:
    """Send again what was refused."""
    letter = read_form(LettersForm(), request.form)["letter"]
    if letter is None:
        get_or_404(PeerRecord, peer_id)
        number = letters.replay_all(peer_id, by=require_admin().person_id)
    else:
        with deciding(peer_id) as decision:
            letters.replay(decision.peer, letter=letter, by=decision.by)
        number = 1
    flash(ngettext("%(num)s message is being sent again.", "%(num)s messages are being sent again.", number))
    return back_to(peer_id, SENDING)


@pages.post("/drop")
@admin
def drop(peer_id: UUID) -> Response:
    """Let what was refused, or what waits, not go out."""
    wanted = read_form(DropForm(), request.form)
    with deciding(peer_id) as decision:
        which = STATES[wanted["which"]]
        dropped = letters.drop(decision.peer, letter=wanted["letter"], state=which, by=decision.by)
    undo = {"letter": str(wanted["letter"])} if wanted["letter"] else {"at": dropped.at.isoformat()}
    flash(
        {
            "text": ngettext("%(num)s message dropped.", "%(num)s messages dropped.", dropped.number),
            "undo": url_for("letters.take_back", peer_id=peer_id),
            "fields": undo,
        }  # type: ignore[arg-type]
    )
    return back_to(peer_id, SENDING)


@pages.post("/take-back")
@admin
def take_back(peer_id: UUID) -> Response:
    """Undo a drop."""
    wanted = read_form(TakeBackForm(), request.form)
    with deciding(peer_id) as decision:
        number = letters.take_back(decision.peer, letter=wanted["letter"], at=wanted["at"], by=decision.by)
    flash(ngettext("%(num)s message is back.", "%(num)s messages are back.", number))
    return back_to(peer_id, SENDING)


@pages.post("/pause")
@admin
def pause(peer_id: UUID) -> Response:
    """Let everything for a city wait."""
    return _decide(peer_id, services.pause, N_("Everything for %(city)s waits now."))


@pages.post("/resume")
@admin
def resume(peer_id: UUID) -> Response:
    """Let what waited go out."""
    return _decide(peer_id, services.resume, N_("What waited for %(city)s is being sent."))


def _decide(peer_id: UUID, decide: Callable[..., None], told: str) -> Response:
    read_form(NoFields(), request.form)
    with deciding(peer_id) as decision:
        decide(decision.origin, by=decision.by)
    flash(translated(told, {"city": decision.short}))
    return back_to(peer_id, SENDING)
