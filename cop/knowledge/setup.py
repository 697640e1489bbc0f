# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Joins knowledge to the app."""

from flask import Flask

from cop.base.i18n import N_
from cop.base.pages import add_navigation
from cop.knowledge import writing
from cop.settings import Settings


def init(app: Flask, settings: Settings) -> None:
    """Register the pages of articles."""
    app.register_blueprint(writing.views)
    add_navigation(app, "knowledge", "knowledge.index", N_("Knowledge"), order=40)
