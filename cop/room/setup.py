# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Joins the room to the app."""

from flask import Flask

from cop.base import live
from cop.base.events import subscribe
from cop.meetings.events import MeetingCancelled, MeetingEnded, TopicChanged, TopicWithdrawn
from cop.meetings.pages import add_action
from cop.room import presence, streaming
from cop.room.doors import doors
from cop.room.pages import way_in
from cop.room.services.writing import CHANNEL
from cop.room.subscribers import close_room, show_topic
from cop.room.views import views
from cop.room.words import THUMBS
from cop.settings import Settings

#: a round that is over is over for everybody within a second
DUE_EVERY_S = 1.0


def init(app: Flask, settings: Settings) -> None:
    """Register the room's pages, and let boards follow what happens to topics and meetings elsewhere."""
    app.register_blueprint(views)
    app.register_blueprint(doors)
    live.source(app, CHANNEL, render=streaming.render, arrived=presence.arrived, left=presence.left)
    live.every(app, DUE_EVERY_S, streaming.let_happen)
    add_action(app, way_in, for_visitors=True)
    app.jinja_env.globals["THUMBS"] = THUMBS
    subscribe(app, TopicChanged, show_topic, in_transaction=True)
    subscribe(app, TopicWithdrawn, show_topic, in_transaction=True)
    subscribe(app, MeetingEnded, close_room, in_transaction=True)
    subscribe(app, MeetingCancelled, close_room, in_transaction=True)
