# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What happens with articles."""

from dataclasses import dataclass
from uuid import UUID

from cop.base.events import Event


@dataclass(frozen=True, slots=True)
class ArticlePublished(Event):
    """An article can be read."""

    article_id: UUID


@dataclass(frozen=True, slots=True)
class ArticleCorrected(Event):
    """An article has a new version."""

    article_id: UUID


@dataclass(frozen=True, slots=True)
class ArticleWithdrawn(Event):
    """An article was taken back; peers forget it."""

    article_id: UUID
