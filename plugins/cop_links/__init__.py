# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Recognises the links that organisers paste: video rooms, whiteboards, task boards."""

from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from cop.plugin_api import hookimpl

ROOM, WHITEBOARD, TASKS = "room", "whiteboard", "tasks"

#: the host, or what it ends with after a dot
SERVICES: Mapping[str, tuple[str, str]] = {
    "webex.com": (ROOM, "Webex"),
    "zoom.us": (ROOM, "Zoom"),
    "zoom.com": (ROOM, "Zoom"),
    "zoom-x.de": (ROOM, "Zoom"),
    "teams.microsoft.com": (ROOM, "Teams"),
    "teams.microsoft.us": (ROOM, "Teams"),
    "teams.cloud.microsoft": (ROOM, "Teams"),
    "teams.live.com": (ROOM, "Teams"),
    "meet.jit.si": (ROOM, "Jitsi"),
    "8x8.vc": (ROOM, "Jitsi"),
    "conceptboard.com": (WHITEBOARD, "Conceptboard"),
    "conceptboard.de": (WHITEBOARD, "Conceptboard"),
    "miro.com": (WHITEBOARD, "Miro"),
    "mural.co": (WHITEBOARD, "Mural"),
    "padlet.com": (WHITEBOARD, "Padlet"),
    "meistertask.com": (TASKS, "MeisterTask"),
    "mstr.tk": (TASKS, "MeisterTask"),
    "trello.com": (TASKS, "Trello"),
}
#: services that cities run themselves are known by a word of the host's first names
OWN_SERVERS: Mapping[str, str] = {"bbb": "BigBlueButton", "bigbluebutton": "BigBlueButton", "jitsi": "Jitsi"}
GREENLIGHT = ("/b/", "/rooms/", "/bigbluebutton/")


@hookimpl
def recognise_link(url: str) -> Mapping[str, str] | None:
    """Know a service by its host."""
    parts = _https(url)
    if parts is None or parts.hostname is None:
        return None
    host = parts.hostname.rstrip(".")
    for suffix, (kind, label) in SERVICES.items():
        if host == suffix or host.endswith(f".{suffix}"):
            return {"kind": kind, "label": label}
    for word, label in OWN_SERVERS.items():
        if any(name.startswith(word) for name in host.split(".")[:-1]):
            return {"kind": ROOM, "label": label}
    return {"kind": ROOM, "label": "BigBlueButton"} if parts.path.startswith(GREENLIGHT) else None


@hookimpl(specname="recognise_link", trylast=True)
def take_any_room(url: str) -> Mapping[str, str] | None:
    """Take every other https link for a room, named by its host."""
    parts = _https(url)
    return {"kind": ROOM, "label": parts.hostname} if parts is not None and parts.hostname else None


def _https(url: str) -> SplitResult | None:
    """Read an https address without name and password; None for anything else."""
    try:
        parts = urlsplit(url)
        readable = parts.scheme == "https" and "." in (parts.hostname or "") and (parts.port or 443) > 0
    except ValueError:
        return None
    strange = "@" in parts.netloc or "\\" in url or any(sign <= " " or sign == "\x7f" for sign in url)
    return parts if readable and not strange else None
