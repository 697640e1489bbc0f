# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The visitor of a request: a random id in a cookie of its own, its hash in the table."""

from secrets import token_urlsafe

from flask import g, request
from werkzeug.wrappers import Response

from cop.accounts.rules import LONGEST
from cop.accounts.session import cookie_name, drop_cookie, keyed_hash, note_use, set_cookie
from cop.accounts.visitor import COOKIE, Visitor
from cop.communities.models import MembershipRecord
from cop.visits import services
from cop.visits.models import GuestSession
from cop.visits.queries import guest_by_hash


def look_up(cookie: str) -> Visitor | None:
    """Return who visits with a cookie; None when the visit is over, for whatever reason."""
    found = guest_by_hash(keyed_hash(cookie))
    if found is None:
        return None
    note_use(GuestSession, found.visitor.session_id, found.used_at)
    return found.visitor


def open_visit(record: MembershipRecord, *, sid: str) -> str:
    """Open a session under a new id, in place of an earlier visit's; return what the cookie holds."""
    services.end_guest(_held())
    token = token_urlsafe(32)
    services.receive_guest(record, token_hash=keyed_hash(token), sid=sid)
    return token


def end_visit() -> None:
    """End the visit of this browser."""
    services.end_guest(_held())
    g.pop("cop_visitor", None)


def start_visit_cookie(answer: Response, token: str) -> None:
    """Hand the browser its visit; the browser id starts anew with it."""
    set_cookie(answer, COOKIE, token, max_age=int(LONGEST.total_seconds()))
    drop_cookie(answer, "browser")


def _held() -> str:
    return keyed_hash(request.cookies.get(cookie_name(COOKIE), ""))
