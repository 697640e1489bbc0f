# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Joins rotation to the app."""

from flask import Flask

from cop.base.events import subscribe
from cop.communities.events import MemberLeft
from cop.rotation import subscribers
from cop.rotation.pages import init_pages
from cop.rotation.views import pages
from cop.settings import Settings


def init(app: Flask, settings: Settings) -> None:
    """Register what this part adds."""
    app.register_blueprint(pages)
    init_pages(app)
    subscribe(app, MemberLeft, subscribers.end_turns, in_transaction=True)
