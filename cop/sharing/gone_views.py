# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Where something stood that was deleted: when, and in which cities it is deleted too."""

import re
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import select

from cop.accounts.queries import CurrentAccount
from cop.accounts.session import current_account, require_account
from cop.base.audience import Audience
from cop.base.db import db
from cop.base.errors import NotFound
from cop.base.i18n import N_
from cop.base.instance import this_city
from cop.base.web import admin, signed_in
from cop.communities.models import Community
from cop.communities.queries import has_member
from cop.sharing.queries import tombstone_of
from cop.sharing.receipt_words import Gone, in_words
from cop.sharing.receipts import deleted, receipts

pages = Blueprint("gone", __name__)
PAGE = 50
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pages.get("/gone/<uuid:name>")
@signed_in
def show(name: UUID) -> str:
    """Show what became of a thing that this reader could see."""
    uri = _uri(name)
    found = receipts(uri) if _could_read(uri, require_account()) else None
    if found is None:
        raise NotFound(N_("This page does not exist."))
    return render_template("sharing/gone.html", gone=in_words(found))


@pages.get("/admin/partners/deleted")
@admin
def index() -> str:
    """List what was deleted here, and where it is deleted too."""
    page = max(request.args.get("page", 1, type=int), 1)
    found = deleted(limit=PAGE + 1, skip=(page - 1) * PAGE)
    rows: list[Gone] = [in_words(one) for one in found[:PAGE]]
    older = page + 1 if len(found) > PAGE else None
    return render_template("sharing/deleted.html", rows=rows, older=older)


def page_of_gone(path: str) -> str | None:
    """Name the page about what was deleted under an id; whether a reader may see it, it decides itself."""
    ids = _UUID.findall(path)
    if not ids or receipts(_uri(ids[-1])) is None:
        return None
    return url_for("gone.show", name=ids[-1])


def what_stood_here(path: str) -> str | None:
    """Name the page about what stood at the address of a page, if this reader could see it."""
    ids = _UUID.findall(path)
    reader = current_account() if ids else None
    return page_of_gone(path) if reader is not None and _could_read(_uri(ids[-1]), reader) else None


def _uri(name: UUID | str) -> str:
    return f"{this_city().origin}/o/{name}"


def _could_read(uri: str, reader: CurrentAccount) -> bool:
    """Tell whether somebody could read what is gone: what was shown beyond its community, all in this city could."""
    grave = tombstone_of(uri)
    if grave is None or not grave.final:
        return False
    if reader.admin or grave.audience not in {None, Audience.COMMUNITY}:
        return True
    mine = select(Community.id).where(Community.id == grave.community_id, has_member(reader.person_id))
    return db.session.scalar(mine) is not None
