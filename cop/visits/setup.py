# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Joins visits to the app."""

from typing import Any
from urllib.parse import urlencode

from flask import Flask

from cop.accounts.visitor import NotForVisitors, current_visitor, init_visitors
from cop.base.instance import is_ours, this_city
from cop.base.pages import add_link
from cop.communities.models import MembershipRecord, MemberState
from cop.settings import Settings
from cop.sharing.visiting import our_people_may_visit
from cop.visits.blueprint import pages
from cop.visits.guest_views import not_for_visitors
from cop.visits.program_views import endpoints
from cop.visits.provider import build_server
from cop.visits.rules import START
from cop.visits.session import look_up


def init(app: Flask, settings: Settings) -> None:
    """Register the provider for partners, the pages of visits, and who a visitor is."""
    app.extensions["cop.visits.server"] = build_server()
    init_visitors(app, look_up)
    app.register_blueprint(endpoints)
    app.register_blueprint(pages)
    app.register_error_handler(NotForVisitors, not_for_visitors)
    app.jinja_env.globals["way_to_home"] = way_to_home
    app.context_processor(_guest)
    add_link(app, "visits", "visits.agreed")


def _guest() -> dict[str, Any]:
    visitor = current_visitor()
    return {"visitor": visitor, "above": ["visits/_banner.html"] if visitor is not None else []}


def way_to_home(record: MembershipRecord | None, uri: str, origin: str) -> str | None:
    """Return the address that opens a thing at its home, for a member of ours; None where there is no such way.

    Args:
        record: the reader's membership in the thing's community.
        uri: the thing.
        origin: its home.
    """
    if record is None or record.state != MemberState.ACTIVE or is_ours(origin) or not our_people_may_visit(origin):
        return None
    query = urlencode({"iss": this_city().origin, "login_hint": record.uri, "target_link_uri": uri})
    return f"{origin}{START}?{query}"
