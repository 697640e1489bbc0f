# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rooms on Jitsi: the token is read as prosody's `mod_auth_token` reads it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import time_machine
from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import OctKey

from cop.plugin_api import PluginSettings, SettingsError, VideoFailed, VideoGuest, VideoMeeting, now
from cop_jitsi import video_service
from tests.live.processes import free_port

SECRET = "a secret that Jitsi's prosody has, too"
TABLE = {"url": "https://meet.kassel.example/", "app_id": "reihum", "secret": SECRET}
MEETING = VideoMeeting("01935000-aaaa-7000-8000-000000000001", "Treffen 7: „Nähe“", "https://a.example/m")


def service(**more: str):
    return video_service(PluginSettings({"jitsi": TABLE | more}))


def admitted(address: str, *, secret: str = SECRET, room: str | None = None) -> Mapping[str, Any]:
    """Return what the token says, if a server with this secret lets its bearer into the room of the address.

    Raises:
        JoseError: when it doesn't.
    """
    parts = urlsplit(address)
    (token,) = parse_qs(parts.query)["jwt"]
    read = jwt.decode(token, OctKey.import_key(secret), algorithms=["HS256"])
    wanted = {
        "aud": {"essential": True, "value": "jitsi"},
        "iss": {"essential": True, "value": "reihum"},
        "sub": {"essential": True, "value": parts.hostname},
        "room": {"essential": True, "value": room or parts.path.removeprefix("/")},
        "exp": {"essential": True},
    }
    jwt.JWTClaimsRegistry(now=lambda: int(now().timestamp()), **wanted).validate(read.claims)
    return read.claims


def test_a_token_says_where_from_whom_and_who_moderates_and_nothing_else() -> None:
    with time_machine.travel("2026-12-03T09:00:00Z", tick=False):
        address = service().join(MEETING, VideoGuest("Nadja Brück", moderates=True))
        claims = admitted(address)

    room = urlsplit(address).path.removeprefix("/")
    assert address.startswith("https://meet.kassel.example/reihum-")
    assert claims == {
        "aud": "jitsi",
        "iss": "reihum",
        "sub": "meet.kassel.example",
        "room": room,
        "iat": 1796288400,
        "exp": 1796288700,
        "context": {"user": {"name": "Nadja Brück", "moderator": "true", "affiliation": "owner"}},
    }
    assert unquote(urlsplit(address).fragment) == 'config.subject="Treffen 7: „Nähe“"'


def test_who_does_not_have_the_turn_does_not_moderate() -> None:
    claims = admitted(service().join(MEETING, VideoGuest("Member")))

    assert claims["context"] == {"user": {"name": "Member", "moderator": "false", "affiliation": "member"}}


def test_a_token_of_another_secret_is_refused() -> None:
    with pytest.raises(BadSignatureError):
        admitted(service().join(MEETING, VideoGuest("Bram")), secret=SECRET[::-1])


def test_a_token_opens_no_other_room() -> None:
    address = service().join(MEETING, VideoGuest("Bram"))
    other = service().join(VideoMeeting("other", "x", "x"), VideoGuest("Bram"))

    with pytest.raises(JoseError):
        admitted(address, room=urlsplit(other).path.removeprefix("/"))


def test_a_token_is_refused_after_five_minutes() -> None:
    with time_machine.travel("2026-12-03T09:00:00Z", tick=False) as clock:
        address = service().join(MEETING, VideoGuest("Bram"))
        clock.shift(299)
        assert admitted(address)

        clock.shift(2)
        with pytest.raises(JoseError):
            admitted(address)


def test_each_table_has_a_room_and_the_room_stays_the_same() -> None:
    service().breakouts(MEETING, 2)

    rooms = [urlsplit(service().join(MEETING, VideoGuest("Bram", table=table))).path for table in (0, 0, 1, 2)]

    assert rooms[0] == rooms[1]
    assert rooms[2:] == [f"{rooms[0]}-1", f"{rooms[0]}-2"]
    assert MEETING.key not in rooms[0]


def test_the_server_is_asked_whether_it_is_there() -> None:
    dead = f"http://127.0.0.1:{free_port()}"
    found = video_service(PluginSettings({"jitsi": TABLE | {"url": dead}}, development=True))

    with pytest.raises(VideoFailed, match="ConnectionError"):
        found.check()
    assert found.is_running(MEETING) is None


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"app_id": ""}, "missing: plugins.jitsi.app_id (COP_PLUGINS_JITSI_APP_ID)"),
        ({"secret": "short"}, "plugins.jitsi.secret needs 32 characters"),
        ({"url": "https://meet.example/?jwt=x"}, "plugins.jitsi.url must be an https address without query"),
        ({"url": "https://name@meet.example"}, "plugins.jitsi.url must be an https address without query"),
        ({"url": "https://[::1"}, "plugins.jitsi.url must be an https address without query"),
    ],
)
def test_what_is_missing_or_wrong_is_named(change: dict[str, str], fault: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        service(**change)

    assert str(wrong.value) == fault


def test_the_secret_is_not_shown_by_accident() -> None:
    assert SECRET not in repr(service())
