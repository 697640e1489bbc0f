# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Joins search to the app."""

from flask import Flask

from cop.base.pages import add_link
from cop.search.sources import add_sources
from cop.search.views import views
from cop.settings import Settings


def init(app: Flask, settings: Settings) -> None:
    """Register the page and what can be searched."""
    app.register_blueprint(views)
    add_sources(app)
    add_link(app, "search", "search.results")
