# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The page with every decision about partner cities."""

from uuid import UUID

from flask import Blueprint, render_template, request

from cop.base.db import get_or_404
from cop.base.web import admin
from cop.sharing.history import PAGE, history
from cop.sharing.models import PeerRecord

pages = Blueprint("trust_history", __name__, url_prefix="/admin/partners/history")


@pages.get("")
@admin
def index() -> str:
    """Show decisions about all cities or one, latest first."""
    chosen = request.args.get("of", type=UUID)
    of = get_or_404(PeerRecord, chosen) if chosen is not None else None
    rows = history(of.origin if of else None, before=request.args.get("before", type=int))
    older = rows[-1].number if len(rows) == PAGE else None
    return render_template("sharing/history.html", rows=rows, of=of, older=older)
