# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The page of one partner city, which several views show again with what is to be mended."""

from collections.abc import Mapping

from flask import render_template, request

from cop.sharing.hub import hub
from cop.sharing.key_words import keys_of
from cop.sharing.letter_views import letters_of
from cop.sharing.models import PeerRecord
from cop.sharing.partners import partner
from cop.sharing.quarantine import contents
from cop.sharing.words import level_choices


def partner_page(peer: PeerRecord, errors: Mapping[str, list[str]] | None = None) -> str:
    """Show one connection, with what was filled in when it comes again."""
    facts = {
        "partner": partner(peer),
        "letters": letters_of(peer),
        "ours": ours(),
        "levels": level_choices(),
        "keys": keys_of(peer),
        "quarantine": contents(peer.origin),
    }
    return render_template("sharing/partner.html", **facts, errors=errors or {}, filled=request.form)


def ours() -> str:
    """Return the fingerprint that the other city's administrators see of us."""
    return hub().city.fingerprints[0]
