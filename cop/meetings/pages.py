# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What other features add to a meeting's page: blocks in the column beside it, and what people come for.

Each belongs to an app, not to a module, so that two cities fit in one process.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from flask import Flask, current_app
from markupsafe import Markup

from cop.accounts.visitor import current_visitor
from cop.communities.pages import Action
from cop.communities.rules import Membership
from cop.meetings.models import Meeting

Render = Callable[[Meeting, Membership | None], Markup]
AskAction = Callable[[Meeting, Membership | None, UUID], Action | None]


@dataclass(slots=True)
class Registry:
    """What one app's features added."""

    blocks: list[tuple[int, Render]] = field(default_factory=list)
    #: with whether visitors get it, too
    actions: list[tuple[AskAction, bool]] = field(default_factory=list)


def registry(app: Flask | None = None) -> Registry:
    extensions = (app or current_app).extensions
    found: Registry = extensions.setdefault("cop.meetings", Registry())
    return found


def add_block(app: Flask, order: int, render: Render) -> None:
    """Add a `<section>` to the column beside the agenda; orders: turns 10, reading 20."""
    blocks = registry(app).blocks
    blocks.append((order, render))
    blocks.sort(key=lambda block: block[0])


def add_action(app: Flask, ask: AskAction, *, for_visitors: bool = False) -> None:
    """Add what people come for when a meeting is on or over; the first answer becomes the page's primary button."""
    registry(app).actions.append((ask, for_visitors))


def blocks_of(meeting: Meeting, membership: Membership | None) -> list[Markup]:
    """Return what features show beside a meeting, empty sections left out."""
    rendered = (render(meeting, membership) for _order, render in registry().blocks)
    return [markup for markup in rendered if markup.strip()]


def action_of(meeting: Meeting, membership: Membership | None, person_id: UUID) -> Action | None:
    """Return what people come for, if a feature has something."""
    visits = current_visitor() is not None
    asked = (ask for ask, for_visitors in registry().actions if for_visitors or not visits)
    return next((action for ask in asked if (action := ask(meeting, membership, person_id))), None)
