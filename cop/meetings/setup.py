# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Joins meetings to the app."""

from flask import Flask

from cop.base.i18n import N_
from cop.base.plugin_settings import PluginSettings
from cop.communities.pages import add_action, add_block, add_step, add_tab
from cop.meetings import blocks
from cop.meetings.rules import ends_at, is_video_page
from cop.meetings.video import init_video
from cop.meetings.views import pages
from cop.rotation.pages import show_occasions
from cop.settings import Settings


def init(app: Flask, settings: Settings) -> None:
    """Register the pages of meetings, what they show on a community's page, and the city's video servers.

    Raises:
        SettingsError: when a video server can't be used as it is configured.
    """
    init_video(app, PluginSettings(settings.plugins, development=settings.development))
    app.register_blueprint(pages)
    app.jinja_env.globals |= {"ends_at": ends_at, "is_video_page": is_video_page}
    add_tab(app, "topics", "meetings.backlog", N_("Topic backlog"), 20, blocks.count_topics, members_only=True)
    add_tab(app, "meetings", "meetings.of_community", N_("Meetings"), 30, blocks.count_meetings)
    add_block(app, "next_meeting", 10, blocks.next_meeting, for_visitors=True)
    add_block(app, "topics", 30, blocks.topics, for_visitors=True)
    add_action(app, blocks.propose_action)
    add_step(app, 20, blocks.first_meeting_step)
    show_occasions(app, blocks.occasion)
