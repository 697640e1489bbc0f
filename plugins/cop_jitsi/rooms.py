# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rooms on a Jitsi server that lets in who brings a token (prosody's `mod_auth_token`); they open by themselves."""

import hmac
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey

from cop.plugin_api import CallFailed, VideoFailed, VideoGuest, VideoMeeting, get_bytes, now

ALGORITHM = "HS256"
#: from the click to the first sound; the token stands in an address
LIFETIME = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Jitsi:
    """A video service, see `cop.plugin_api.VideoService`; without a subject it is the host of `url`."""

    name: str
    url: str
    app_id: str
    secret: str = field(repr=False)
    audience: str
    subject: str
    label: str = "Jitsi"

    def join(self, meeting: VideoMeeting, guest: VideoGuest) -> str:
        """Return the address by which somebody enters: with a token for this room alone, for five minutes."""
        room = self._room(meeting, guest.table)
        token = jwt.encode({"alg": ALGORITHM, "typ": "JWT"}, self._claims(room, guest), OctKey.import_key(self.secret))
        title = quote(json.dumps(meeting.title, ensure_ascii=False), safe="")
        return f"{self.url}/{room}?jwt={token}#config.subject={title}"

    def breakouts(self, meeting: VideoMeeting, count: int) -> None:
        """Do nothing: a table is a room of its own, which opens when somebody enters."""

    def is_running(self, meeting: VideoMeeting) -> None:
        """Say nothing: the server doesn't tell who is there."""

    def end(self, meeting: VideoMeeting) -> None:
        """Do nothing: a room closes when the last one leaves, and tokens end by themselves."""

    def check(self) -> None:
        """Ask for what every Jitsi shows to everybody; whether it takes our tokens is seen in a room only.

        Raises:
            VideoFailed: when the server doesn't answer.
        """
        try:
            get_bytes(f"{self.url}/config.js")
        except CallFailed as failed:
            raise VideoFailed(str(failed)) from failed

    def _room(self, meeting: VideoMeeting, table: int) -> str:
        """Return the name of a room, which nobody can make of the meeting's address: some servers let guests in."""
        name = hmac.new(self.secret.encode(), meeting.key.encode(), "sha256").hexdigest()[:32]
        return f"reihum-{name}-{table}" if table else f"reihum-{name}"

    def _claims(self, room: str, guest: VideoGuest) -> dict[str, Any]:
        """Return what the token says: texts only, and of the person the name alone (`tokens.md` of lib-jitsi-meet)."""
        issued = int(now().timestamp())
        return {
            "aud": self.audience,
            "iss": self.app_id,
            "sub": self.subject or urlsplit(self.url).hostname,
            "room": room,
            "iat": issued,
            "exp": issued + int(LIFETIME.total_seconds()),
            "context": {
                "user": {
                    "name": guest.name,
                    "moderator": "true" if guest.moderates else "false",
                    "affiliation": "owner" if guest.moderates else "member",
                }
            },
        }
