# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A community's articles for other sites: as Atom, and as a page for a frame. The secret address is made here, too."""

from datetime import UTC, datetime
from uuid import UUID

from flask import Response, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from cop.accounts.session import require_account
from cop.base.audience import Audience
from cop.base.db import get_or_404, transaction
from cop.base.forms import NoFields, read_form
from cop.base.i18n import force_locale
from cop.base.instance import this_city
from cop.base.web import coordinator, frameable, public
from cop.communities.models import Community
from cop.communities.services import require_coordinator
from cop.knowledge import intranet
from cop.knowledge.exports import as_atom, sheet_of
from cop.knowledge.file_views import views

__all__ = ["views"]

#: when a feed changed in which nothing stands yet
NEVER = datetime(2026, 1, 1, tzinfo=UTC)


@views.get("/communities/<uuid:community_id>/knowledge.atom")
@public
def atom(community_id: UUID) -> Response:
    """Answer a feed reader: public articles to everybody, the city's to whoever has the secret address."""
    community, articles = intranet.shown_outside(community_id, token := _token())
    address = url_for("communities.overview", community_id=community.id, _external=True)
    changed_at = max((article.updated_at for article in articles), default=NEVER)
    body = as_atom(_title(community, token), address, changed_at, [sheet_of(article) for article in articles])
    return Response(body, content_type="application/atom+xml; charset=utf-8")


@views.get("/communities/<uuid:community_id>/embed")
@public
def embed(community_id: UUID) -> Response:
    """Show the articles without anything around them, for a frame of the sites that the settings name."""
    community, articles = intranet.shown_outside(community_id, token := _token())
    sheets = [sheet_of(article) for article in articles]
    with force_locale(community.locale):
        page = render_template(
            "knowledge/embed.html", title=_title(community, token), sheets=sheets, community=community
        )
    return frameable(Response(page), current_app.extensions["cop.settings"].frame_ancestors)


@views.get("/communities/<uuid:community_id>/intranet")
@coordinator
def intranet_page(community_id: UUID) -> str:
    return _page(_coordinated(community_id))


@views.post("/communities/<uuid:community_id>/intranet")
@coordinator
def make_address(community_id: UUID) -> str:
    """Show the new address once: only its hash is stored."""
    read_form(NoFields(), request.form)
    with transaction():
        token = intranet.make_address(_coordinated(community_id))
    return _page(_coordinated(community_id), token)


@views.post("/communities/<uuid:community_id>/intranet/end")
@coordinator
def end_address(community_id: UUID) -> BaseResponse:
    read_form(NoFields(), request.form)
    with transaction():
        intranet.end_address(_coordinated(community_id))
    return redirect(url_for("knowledge.intranet_page", community_id=community_id), code=303)


def _coordinated(community_id: UUID) -> Community:
    """Return a community that the reader coordinates.

    Raises:
        NotFound, Forbidden: as `require_coordinator`.
    """
    community = get_or_404(Community, community_id)
    require_coordinator(community.id, require_account().person_id)
    return community


def _page(community: Community, token: str = "") -> str:
    return render_template(
        "knowledge/intranet.html", community=community, address=intranet.address_of(community), token=token
    )


def _token() -> str:
    return request.args.get("token", "")


def _title(community: Community, token: str) -> str:
    """Name the community to those who may know of it, else the city alone."""
    return community.name if token or community.visibility == Audience.PUBLIC else this_city().name
