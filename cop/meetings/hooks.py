# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What plugins may add to meetings: what pasted links are, and video rooms on a server of the city's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from cop.base.plugin_settings import PluginSettings
from cop.base.plugins import hookspec


@dataclass(frozen=True, slots=True)
class VideoMeeting:
    """A meeting as a video server hears of it: no community, nobody's name."""

    key: str
    """Letters, digits and hyphens; never another meeting's, also not another city's."""
    title: str
    page: str
    """Address of the page to which people come back."""


@dataclass(frozen=True, slots=True)
class VideoGuest:
    """Somebody who enters, as the others in the room may know them."""

    name: str
    moderates: bool = False
    table: int = 0
    """The table of a breakout, from 1; 0 is the room of all."""


class VideoFailed(Exception):  # noqa: N818  said as it is
    """The video server didn't do what it was asked; the text is for the log and holds no secret, token or address."""


class VideoService(Protocol):
    """A video server that the operator configured. Every method may raise `VideoFailed`."""

    @property
    def name(self) -> str:
        """As in `[plugins.<name>]`; it is stored with the meetings whose room is here."""

    @property
    def label(self) -> str:
        """What people call it: "BigBlueButton"."""

    def join(self, meeting: VideoMeeting, guest: VideoGuest) -> str:
        """Return the address by which this one person enters now; the room is opened if it isn't open."""

    def breakouts(self, meeting: VideoMeeting, count: int) -> None:
        """Open rooms for tables 1 to `count` beside the room of all, which is open; twice is once."""

    def is_running(self, meeting: VideoMeeting) -> bool | None:
        """Tell whether somebody is in the room of all; None where the server can't say."""

    def end(self, meeting: VideoMeeting) -> None:
        """Close the room and its tables; one that is not open stays so."""

    def check(self) -> None:
        """Return when the server answers and takes our secret, as far as can be seen without a room."""


@hookspec(firstresult=True)
def recognise_link(url: str) -> Mapping[str, Any] | None:
    """Say what a link that an organiser pasted is.

    Returns:
        `{"kind": "room" | "whiteboard" | "tasks", "label": "Webex"}`, or None when this plugin doesn't know it.
    """


@hookspec
def video_service(settings: PluginSettings) -> VideoService | None:
    """Offer the rooms of a video server; asked once, when the app starts.

    Returns:
        The service, or None when `settings.table()` has nothing for this plugin.
    """
