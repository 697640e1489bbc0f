# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Joins the room to the app."""

from flask import Flask

from cop.base.events import subscribe
from cop.meetings.events import MeetingEnded, TopicChanged, TopicWithdrawn
from cop.meetings.pages import add_action
from cop.room.pages import way_in
from cop.room.subscribers import close_room, show_topic
from cop.room.views import views
from cop.room.words import THUMBS
from cop.settings import Settings


def init(app: Flask, settings: Settings) -> None:
    """Register the room's pages, and let boards follow what happens to topics and meetings elsewhere."""
    app.register_blueprint(views)
    add_action(app, way_in, for_visitors=True)
    app.jinja_env.globals["THUMBS"] = THUMBS
    subscribe(app, TopicChanged, show_topic, in_transaction=True)
    subscribe(app, TopicWithdrawn, show_topic, in_transaction=True)
    subscribe(app, MeetingEnded, close_room, in_transaction=True)
