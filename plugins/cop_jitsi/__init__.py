# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Video rooms on the city's Jitsi Meet: `[plugins.jitsi]` with its address, and id and secret of its token login."""

from cop.plugin_api import PluginSettings, SettingsError, VideoService, hookimpl
from cop_jitsi.rooms import Jitsi

NAME = "jitsi"
#: a key for HS256 (RFC 7518, section 3.2)
LEAST_SECRET = 32


@hookimpl
def video_service(settings: PluginSettings) -> VideoService | None:
    """Offer the server's rooms.

    Raises:
        SettingsError: when something is missing, or the secret is short enough to be guessed.
    """
    optional = {"audience": "jitsi", "subject": ""}
    found = settings.table(NAME, needed=("url", "app_id", "secret"), optional=optional)
    if found is None:
        return None
    if len(found["secret"].encode()) < LEAST_SECRET:
        raise SettingsError(f"plugins.{NAME}.secret needs {LEAST_SECRET} characters")
    return Jitsi(NAME, **found)
