# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Joins the pages about this instance to the app."""

from flask import Flask

from cop.base.pages import add_link
from cop.settings import Settings
from cop.site.views import pages, patterns


def init(app: Flask, settings: Settings) -> None:
    """Register the pages and the footer's links."""
    app.register_blueprint(pages)
    add_link(app, "legal", settings.imprint_url or "site.imprint")
    add_link(app, "privacy", settings.privacy_url or "site.privacy")
    add_link(app, "accessibility", "site.accessibility")
    add_link(app, "help", "site.help_page")
    if settings.development:
        app.add_url_rule("/patterns", "patterns", patterns)
