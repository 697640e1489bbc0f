# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Joins the room to the app."""

from flask import Flask

from cop.base.events import subscribe
from cop.meetings.events import TopicChanged, TopicWithdrawn
from cop.room.subscribers import show_topic
from cop.settings import Settings


def init(app: Flask, settings: Settings) -> None:
    """Let boards follow what happens to topics."""
    subscribe(app, TopicChanged, show_topic, in_transaction=True)
    subscribe(app, TopicWithdrawn, show_topic, in_transaction=True)
