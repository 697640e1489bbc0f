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


@hookimpl(trylast=True)
def recognise_link(url: str) -> Mapping[str, str] | None:
    """Know a service by its host; take every other https link for a room, named by its host."""
    parts = _https(url)
    if parts is None or parts.hostname is None:
        return None
    kind, label = _service(parts.hostname.rstrip("."), parts.path) or (ROOM, parts.hostname)
    return {"kind": kind, "label": label}


def _service(host: str, path: str) -> tuple[str, str] | None:
    """Return the kind and the name of a known service."""
    for suffix, service in SERVICES.items():
        if host == suffix or host.endswith(f".{suffix}"):
            return service
    for word, label in OWN_SERVERS.items():
        if any(name.startswith(word) for name in host.split(".")[:-1]):
            return ROOM, label
    return (ROOM, "BigBlueButton") if path.startswith(GREENLIGHT) else None


def _https(url: str) -> SplitResult | None:
    """Read an https address without name and password; None for anything else."""
    try:
        parts = urlsplit(url)
        readable = parts.scheme == "https" and "." in (parts.hostname or "") and (parts.port or 443) > 0
    except ValueError:
        return None
    strange = "@" in parts.netloc or "\\" in url or any(sign <= " " or sign == "\x7f" for sign in url)
    return parts if readable and not strange else None
