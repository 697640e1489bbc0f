# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Video rooms on the city's BigBlueButton: `[plugins.bigbluebutton]` with `url`, `secret` and `hash`."""

from cop.plugin_api import PluginSettings, SettingsError, VideoService, hookimpl
from cop_bigbluebutton.calls import HASHES, Server
from cop_bigbluebutton.rooms import BigBlueButton

NAME = "bigbluebutton"


@hookimpl
def video_service(settings: PluginSettings) -> VideoService | None:
    """Offer the server's rooms.

    Raises:
        SettingsError: when something is missing, or the hash is none that BigBlueButton knows.
    """
    found = settings.table(NAME, needed=("url", "secret"), optional={"hash": "sha256"})
    if found is None:
        return None
    if found["hash"] not in HASHES:
        raise SettingsError(f"plugins.{NAME}.hash must be one of {', '.join(HASHES)}")
    return BigBlueButton(NAME, Server(**found))
