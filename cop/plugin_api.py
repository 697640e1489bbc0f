# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""All that a plugin may import. What breaks a plugin raises the first number of `VERSION`, what is new the second."""

from cop.base.clock import now
from cop.base.http import CallFailed, get_bytes
from cop.base.i18n import N_, _
from cop.base.plugin_settings import PluginSettings, SettingsError
from cop.base.plugins import hookimpl
from cop.meetings.hooks import VideoFailed, VideoGuest, VideoMeeting, VideoService

VERSION = "1.1"

__all__ = [
    "N_",
    "VERSION",
    "CallFailed",
    "PluginSettings",
    "SettingsError",
    "VideoFailed",
    "VideoGuest",
    "VideoMeeting",
    "VideoService",
    "_",
    "get_bytes",
    "hookimpl",
    "now",
]
