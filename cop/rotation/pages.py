# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What rotation adds to other features' pages."""

from collections.abc import Callable, Iterator
from typing import Any

from flask import Flask, current_app, render_template
from markupsafe import Markup

from cop.accounts.setup import city_of
from cop.base.i18n import _, day, local
from cop.base.instance import is_ours
from cop.base.pending import PendingRequest, RequestState, waiting_for
from cop.communities.models import Community
from cop.communities.pages import Action, add_block
from cop.communities.rules import Membership
from cop.rotation import words
from cop.rotation.queries import takes_turns
from cop.rotation.reading import Order, ShownTurn, orders_of
from cop.rotation.roles import MODERATOR, ORGANISER

KINDS = ("join_rotation", "leave_rotation")


def init_pages(app: Flask) -> None:
    """Give templates the words for turns, and communities their block."""
    app.jinja_env.globals.update(
        turn_title=words.title_of,
        turn_task=words.task_of,
        turn_state=words.state_of,
        turn_take=words.take_of,
        turn_reasons=_reasons,
    )
    add_block(app, "rotation", 20, order_block)


def show_occasions(app: Flask, find: Callable[[str], Action | None]) -> None:
    """Say where an occasion of turns is shown, by its uri; rotation itself knows no meeting."""
    app.extensions["cop.rotation.occasions"] = find


def occasion_of(turn: ShownTurn) -> Action | None:
    """Return the way to what a turn is for, if some feature shows it."""
    find: Callable[[str], Action | None] | None = current_app.extensions.get("cop.rotation.occasions")
    return find(turn.occasion_uri) if find is not None else None


def _reasons(turn: ShownTurn) -> list[str]:
    return words.reasons_of(turn, city_of)


def order_block(community: Community, membership: Membership | None) -> Markup:
    """Show members who has the next turns."""
    if membership is None:
        return Markup()
    orders = orders_of(community.id, membership.person_id)
    mine = takes_turns(community.id, membership.person_id)
    rendered = render_template(
        "rotation/_order.html",
        community=community,
        moderation=list(_across(orders[MODERATOR])),
        organisation=orders[ORGANISER].ahead,
        takes_turns=mine,
        waiting=choice_of(community, membership, RequestState.WAITING),
    )
    return Markup(rendered)  # noqa: S704  the template escapes


def choice_of(community: Community, membership: Membership, state: RequestState) -> PendingRequest | None:
    """Return somebody's last choice at a copy, if its way to the community's home is in this state."""
    if is_ours(community.origin):
        return None
    wishes = waiting_for(membership.person_id, community.uri)
    last = next((wish for wish in reversed(wishes) if wish.kind in KINDS), None)
    return last if last is not None and last.state == state else None


def _across(order: Order) -> Iterator[dict[str, Any]]:
    nobody = {"short": _("all cities")}
    given = [*([order.served] if order.served is not None else []), *order.ahead]
    for place, turn in enumerate(given):
        yield {
            "name": turn.name or _("Wanted"),
            "city": city_of(turn.origin) if turn.origin else nobody,
            "when": day(local(turn.occasion_at)),
            "status": "done" if turn is order.served else "later" if place > len(given) - len(order.ahead) else "now",
        }
    for one in order.foreseen:
        yield {"name": one.name, "city": city_of(one.origin), "when": _("foreseen"), "status": "later"}
