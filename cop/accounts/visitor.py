# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Somebody of a partner city who signed in with it. Who that is, the visits know: they stand above and say so here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from flask import Flask, current_app, g, has_request_context, request

from cop.accounts.session import LONGEST_COOKIE, cookie_name, current_account, require_account
from cop.base.errors import Forbidden
from cop.base.i18n import N_

COOKIE = "visit"
LOOK_UP = "cop.visitor"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who visits, and the one community that is open to them; a value: it outlives the transaction it was read in."""

    session_id: UUID
    person_id: UUID
    community_id: UUID
    display_name: str
    """As people of other cities see it."""
    origin: str
    """Their city."""
    community: str
    """What the community is called."""


class NotForVisitors(Forbidden):
    """A visitor opened something that is not of their community, or that members do at home only."""

    code: ClassVar[str] = "not-for-visitors"

    def __init__(self, visitor: Visitor) -> None:
        """Keep who it is, so that the page can lead back."""
        super().__init__(N_("You are a guest here: only your community is open to you. All else you do at home."))
        self.visitor = visitor


def init_visitors(app: Flask, look_up: Callable[[str], Visitor | None]) -> None:
    """Say how to find the visitor whose browser holds a cookie."""
    app.extensions[LOOK_UP] = look_up


def current_visitor() -> Visitor | None:
    """Return who visits; None where nobody does, and for whoever has an account here."""
    if not has_request_context() or current_account() is not None:
        return None
    if "cop_visitor" not in g:
        g.cop_visitor = _look_up(request.cookies.get(cookie_name(COOKIE), ""))
    visitor: Visitor | None = g.cop_visitor
    return visitor


def reader_id() -> UUID:
    """Return the person who reads or acts: of this city, or a visitor; for routes that are open to both.

    Raises:
        SignInNeeded: when it is nobody.
    """
    visitor = current_visitor()
    return visitor.person_id if visitor is not None else require_account().person_id


def _look_up(cookie: str) -> Visitor | None:
    if not cookie or len(cookie) > LONGEST_COOKIE or LOOK_UP not in current_app.extensions:
        return None
    look_up: Callable[[str], Visitor | None] = current_app.extensions[LOOK_UP]
    return look_up(cookie)
