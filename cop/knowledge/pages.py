# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What features above add to the page of an article."""

from collections.abc import Callable
from uuid import UUID

from flask import Flask, current_app
from markupsafe import Markup

from cop.knowledge.models import Article

#: what stands beside an article for somebody; empty for nothing
Aside = Callable[[Article, UUID | None], Markup]
ASIDES = "cop.knowledge.asides"


def add_aside(app: Flask, aside: Aside) -> None:
    """Add a section beside each article."""
    app.extensions.setdefault(ASIDES, []).append(aside)


def asides_of(article: Article, person_id: UUID | None) -> list[Markup]:
    """Return the sections of the features above."""
    asides: list[Aside] = current_app.extensions.get(ASIDES, [])
    return [section for section in (aside(article, person_id) for aside in asides) if section]
