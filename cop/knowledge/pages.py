# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What knowledge adds to a community's page, and features above to the page of an article."""

from collections.abc import Callable
from uuid import UUID

from flask import Flask, current_app, render_template
from markupsafe import Markup

from cop.accounts.session import require_account
from cop.communities.models import Community
from cop.communities.rules import Membership
from cop.knowledge import queries
from cop.knowledge.models import Article
from cop.knowledge.words import KINDS

#: what stands beside an article for somebody; empty for nothing
Aside = Callable[[Article, UUID | None], Markup]
ASIDES = "cop.knowledge.asides"
#: articles on the page of their community
SHOWN = 3


def add_aside(app: Flask, aside: Aside) -> None:
    """Add a section beside each article."""
    app.extensions.setdefault(ASIDES, []).append(aside)


def asides_of(article: Article, person_id: UUID | None) -> list[Markup]:
    """Return the sections of the features above."""
    asides: list[Aside] = current_app.extensions.get(ASIDES, [])
    return [section for section in (aside(article, person_id) for aside in asides) if section]


def newest_of(community: Community, membership: Membership | None) -> Markup:
    """Show the newest articles on the page of their community."""
    articles = queries.of_community(community.id, require_account().person_id, limit=SHOWN)
    rendered = render_template("knowledge/_newest.html", community=community, articles=articles, KINDS=KINDS)
    return Markup(rendered) if articles else Markup()  # noqa: S704  the template escapes


def count_of(community: Community) -> int:
    """Count what the reader may read, for the tab."""
    return queries.count_of_community(community.id, require_account().person_id)
