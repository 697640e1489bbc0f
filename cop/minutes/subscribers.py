# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What happens to the article of minutes on its own page."""

from cop.base.db import db
from cop.knowledge.events import ArticleCorrected, ArticleWithdrawn
from cop.knowledge.models import Article
from cop.minutes import services


def keep_text(event: ArticleCorrected) -> None:
    services.follow_article(db.session.get_one(Article, event.article_id))


def forget_article(event: ArticleWithdrawn) -> None:
    services.let_go_of(event.article_id)
