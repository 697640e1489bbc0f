# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Joins notifications to the app."""

from flask import Flask

from cop.base.pages import add_link
from cop.notifications.subscribers import listen
from cop.notifications.views import pages
from cop.settings import Settings


def init(app: Flask, settings: Settings) -> None:
    """Register the subscribers and the page of choices."""
    app.register_blueprint(pages)
    add_link(app, "notifications", "notifications.choices")
    listen(app)
