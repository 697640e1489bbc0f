# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The video servers of this city, as plugins offered them when the app started; and the way to a meeting's room."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any

from flask import Flask, current_app

from cop.base.errors import Invalid
from cop.base.forms import CHOOSE
from cop.base.instance import this_city
from cop.base.plugin_settings import PluginSettings
from cop.base.plugins import hook
from cop.meetings.hooks import VideoFailed, VideoService
from cop.meetings.models import Meeting

#: a slow server must not take the threads of all pages: so many wait for it, the others so long for their turn
MOST_WAITING = 4
PATIENCE_S = 1


def init_video(app: Flask, settings: PluginSettings) -> None:
    """Ask the plugins for their video servers.

    Raises:
        SettingsError: when one can't use what is configured for it.
    """
    with app.app_context():
        offered: list[VideoService] = hook().video_service(settings=settings)
    app.extensions["cop.video"] = {service.name: service for service in offered}
    app.extensions["cop.video.waiting"] = BoundedSemaphore(MOST_WAITING)


def video_services() -> Mapping[str, VideoService]:
    """Return the video servers of this city by their names; none where none is configured."""
    found: Mapping[str, VideoService] = current_app.extensions["cop.video"]
    return found


@contextmanager
def waiting() -> Iterator[None]:
    """Wait for a video server inside.

    Raises:
        VideoFailed: when too many wait already.
    """
    places: BoundedSemaphore = current_app.extensions["cop.video.waiting"]
    if not places.acquire(timeout=PATIENCE_S):
        raise VideoFailed("too many wait for it")
    try:
        yield
    finally:
        places.release()


def links_of(meeting: Meeting) -> list[dict[str, Any]]:
    """Return the links of a meeting of ours: the way to its room on our video server first, then what was pasted.

    The way leads to a page of ours, which looks who comes; the room's own address is made there for each click.
    """
    service = video_services().get(meeting.video_room)
    pasted = [dict(link) for link in meeting.links]
    if service is None:
        return pasted
    url = f"{this_city().origin}/meetings/{meeting.id}/video"
    return [{"kind": "room", "label": service.label, "url": url}, *pasted]


def known_room(name: str) -> str:
    """Return the name of a video server as it is stored with a meeting; empty for none.

    Raises:
        Invalid: when there is no such server.
    """
    if name and name not in video_services():
        raise Invalid({"video_room": [CHOOSE]})
    return name
