# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Joins knowledge to the app."""

from flask import Flask

from cop.base.i18n import N_
from cop.base.pages import add_navigation
from cop.communities.pages import add_block, add_tab
from cop.knowledge import feed_views
from cop.knowledge.exports import makes_pdf
from cop.knowledge.pages import count_of, newest_of
from cop.settings import Settings


def init(app: Flask, settings: Settings) -> None:
    """Register the pages of articles."""
    app.register_blueprint(feed_views.views)
    app.jinja_env.globals["makes_pdf"] = makes_pdf
    add_navigation(app, "knowledge", "knowledge.index", N_("Knowledge"), order=40)
    add_tab(app, "knowledge", "knowledge.of_community", N_("Knowledge"), 40, count_of)
    add_block(app, "knowledge", 40, newest_of)
