# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Joins minutes to the app."""

from flask import Flask

from cop.base.events import subscribe
from cop.knowledge.events import ArticleCorrected, ArticleWithdrawn
from cop.knowledge.pages import add_aside
from cop.meetings.pages import add_action, add_block
from cop.minutes.pages import after_meeting, during_meeting, hidden_part, meeting_of
from cop.minutes.subscribers import forget_article, keep_text
from cop.minutes.views import views
from cop.settings import Settings


def init(app: Flask, settings: Settings) -> None:
    """Register the pages of minutes, and follow what becomes of their articles."""
    app.register_blueprint(views)
    add_aside(app, meeting_of)
    add_aside(app, hidden_part)
    add_action(app, after_meeting)
    add_block(app, 15, during_meeting)
    subscribe(app, ArticleCorrected, keep_text, in_transaction=True)
    subscribe(app, ArticleWithdrawn, forget_article, in_transaction=True)
