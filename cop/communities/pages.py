# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What other features add to a community's page: tabs, blocks, the first thing to do, steps of a new community.

Each belongs to an app, not to a module, so that two cities fit in one process.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import Flask, current_app, render_template, url_for
from markupsafe import Markup

from cop.accounts.visitor import current_visitor, reader_id
from cop.base.i18n import _, translated
from cop.base.instance import is_ours
from cop.base.pending import PendingRequest, RequestState, waiting_for
from cop.base.web import visited_community
from cop.communities import queries
from cop.communities.models import Community, MembershipRecord
from cop.communities.rules import JoinMode, Membership, MemberState
from cop.communities.services.guests import JOIN, LEAVE
from cop.communities.services.permission import proof_of


@dataclass(frozen=True, slots=True)
class Action:
    """A link that looks like a button; the label is in the reader's language."""

    label: str
    url: str
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What a new community has yet to do, in the reader's language."""

    title: str
    text: str
    done: bool
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class Tab:
    """A page of a community; `label` is a marked sentence, the endpoint takes `community_id`."""

    key: str
    endpoint: str
    label: str
    order: int
    count: Callable[[Community], int] | None
    members_only: bool


@dataclass(frozen=True, slots=True)
class Block:
    """A section of the overview; empty markup leaves it out."""

    name: str
    order: int
    render: Callable[[Community, Membership | None], Markup]
    aside: bool
    for_visitors: bool


AskAction = Callable[[Community, Membership], Action | None]
AskStep = Callable[[Community, Membership], Step | None]


@dataclass(slots=True)
class Registry:
    """What one app's features added."""

    tabs: list[Tab] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    actions: list[AskAction] = field(default_factory=list)
    steps: list[tuple[int, AskStep]] = field(default_factory=list)


def registry(app: Flask | None = None) -> Registry:
    extensions = (app or current_app).extensions
    found: Registry = extensions.setdefault("cop.communities", Registry())
    return found


def add_tab(  # noqa: PLR0917  a row of a table
    app: Flask,
    key: str,
    endpoint: str,
    label: str,
    order: int,
    count: Callable[[Community], int] | None = None,
    *,
    members_only: bool = False,
) -> None:
    """Add a tab; orders: overview 10, topics 20, meetings 30, knowledge 40, members 50, charter 60."""
    tabs = registry(app).tabs
    tabs.append(Tab(key, endpoint, label, order, count, members_only))
    tabs.sort(key=lambda tab: tab.order)


def add_block(
    app: Flask,
    name: str,
    order: int,
    render: Callable[[Community, Membership | None], Markup],
    *,
    aside: bool = False,
    for_visitors: bool = False,
) -> None:
    """Add a `<section>` to the overview; orders: next meeting 10, rotation 20, topics 30, knowledge 40.

    `for_visitors`: visitors from partner cities see it, too; then it shows what their city may have, and no more.
    """
    blocks = registry(app).blocks
    blocks.append(Block(name, order, render, aside, for_visitors))
    blocks.sort(key=lambda block: block.order)


def add_action(app: Flask, ask: AskAction) -> None:
    """Add what members come for; the first answer becomes the page's primary button."""
    registry(app).actions.append(ask)


def add_step(app: Flask, order: int, ask: AskStep) -> None:
    """Add a step that a new community has to take; orders: charter 10, first meeting 20, members 30."""
    steps = registry(app).steps
    steps.append((order, ask))
    steps.sort(key=lambda step: step[0])


@dataclass(frozen=True, slots=True)
class Reader:
    """How the reader of a page stands to its community."""

    record: MembershipRecord | None
    membership: Membership | None
    #: requests to join or leave that are on their way or were refused
    wishes: list[PendingRequest]

    @property
    def state(self) -> MemberState | None:
        """Where the reader's membership is."""
        return MemberState(self.record.state) if self.record is not None else None

    @property
    def wish(self) -> PendingRequest | None:
        """The last wish to join or leave, while it has no answer yet."""
        last = self.wishes[-1] if self.wishes else None
        return last if last is not None and last.state == RequestState.WAITING else None


def reader_of(community: Community, person_id: UUID) -> Reader:
    """Return how somebody of this city stands to a community."""
    record = queries.record_of(community.id, person_id)
    wishes = [] if is_ours(community.origin) else waiting_for(person_id, community.uri)
    return Reader(
        record=record,
        membership=proof_of(record),
        wishes=[wish for wish in wishes if wish.kind in {JOIN, LEAVE}],
    )


def way_in(community: Community, reader: Reader) -> Action:
    """Return what leads somebody outside on: to ask, where one can and did not yet; else to the community's page."""
    if reader.state == MemberState.ASKED or community.join_mode == JoinMode.INVITE:
        return Action(_("To the community"), url_for("communities.overview", community_id=community.id))
    return Action(_("Ask to join"), url_for("communities.join_form", community_id=community.id))


def community_page(template: str, community: Community, *, tab: str, **values: Any) -> str:
    """Render a page of a community: its template extends `communities/_page.html` and fills the block `body`."""
    reader = values.pop("reader", None) or reader_of(community, reader_id())
    steps = _steps(community, reader.membership) if tab == "overview" else []
    values.setdefault("action", None if steps else _action(community, reader.membership))
    return render_template(
        template,
        community=community,
        reader=reader,
        membership=reader.membership,
        tab=tab,
        tabs=_tabs(community, reader.membership),
        steps=steps,
        can_ask=community.join_mode != JoinMode.INVITE,
        **values,
    )


def blocks_of(community: Community, membership: Membership | None, *, aside: bool) -> list[Markup]:
    """Return what features show of a community, empty sections left out."""
    visits = current_visitor() is not None
    shown = [block for block in registry().blocks if block.aside == aside and (block.for_visitors or not visits)]
    rendered = (block.render(community, membership) for block in shown)
    return [markup for markup in rendered if markup.strip()]


def _tabs(community: Community, membership: Membership | None) -> list[tuple[str, str, str]]:
    return [
        (tab.key, _label(tab, community), url_for(tab.endpoint, community_id=community.id))
        for tab in registry().tabs
        if (membership is not None or not tab.members_only) and _is_open(tab.endpoint)
    ]


def _is_open(endpoint: str) -> bool:
    """Tell whether the reader may open a page: a visitor may not all of them."""
    return current_visitor() is None or visited_community(current_app, endpoint) is not None


def _label(tab: Tab, community: Community) -> str:
    label = translated(tab.label)
    # what stays in this city is counted as well, so that visitors get no numbers
    count = tab.count(community) if tab.count is not None and current_visitor() is None else 0
    return f"{label} ({count})" if count else label


def _action(community: Community, membership: Membership | None) -> Action | None:
    if membership is None:
        return None
    return next((action for ask in registry().actions if (action := ask(community, membership))), None)


def _steps(community: Community, membership: Membership | None) -> list[Step]:
    """Return the steps of a community of ours that is still new; none once all are done."""
    if membership is None or not is_ours(community.origin) or current_visitor() is not None:
        return []
    steps = [step for _order, ask in registry().steps if (step := ask(community, membership)) is not None]
    return [] if all(step.done for step in steps) else steps
