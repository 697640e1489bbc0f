# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rooms on BigBlueButton, against a server that checks each call as the real one does."""

import logging
from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, build_opener

import pytest

from cop.base.http import MOST_BYTES
from cop.plugin_api import PluginSettings, SettingsError, VideoFailed, VideoGuest, VideoMeeting
from cop_bigbluebutton import video_service
from cop_bigbluebutton.calls import Server
from tests.live.processes import free_port
from tests.plugins.bbb_server import SECRET, Bbb, a_bbb

MEETING = VideoMeeting("01935000-aaaa-7000-8000-000000000001", "Treffen 7: Mentor:innen & Nähe", "https://a.example/m")
EXTERNAL = b'<?xml version="1.0"?><!DOCTYPE response SYSTEM "%s"><response><returncode>SUCCESS</returncode></response>'
ENTITY = b'<!DOCTYPE r [<!ENTITY a "SUCCESS">]><response><returncode>&a;</returncode></response>'
TAGS = b"<response>" + b"<a/>" * (MOST_BYTES // 4) + b"</response>"


class Stay(HTTPRedirectHandler):
    """A browser that shows where it would be led."""

    def redirect_request(self, *words):
        return None


def click(address: str) -> int:
    try:
        return build_opener(Stay).open(address, timeout=5).status
    except HTTPError as led_on:
        with led_on:
            return led_on.code


@pytest.fixture
def bbb() -> Iterator[tuple[str, Bbb]]:
    with a_bbb() as running:
        yield running


def service_at(url: str, **more: str):
    tables = {"bigbluebutton": {"url": url, "secret": SECRET} | more}
    return video_service(PluginSettings(tables, development=True))


def test_the_checksum_is_the_one_of_the_api_reference() -> None:
    asked = {"name": "Test Meeting", "meetingID": "abc123", "attendeePW": "111222", "moderatorPW": "333444"}

    address = Server("https://bbb.example/bigbluebutton", SECRET, "sha1").address("create", asked)

    assert address == (
        "https://bbb.example/bigbluebutton/api/create?name=Test+Meeting&meetingID=abc123&attendeePW=111222"
        "&moderatorPW=333444&checksum=1fcbb0c4fc1f039f73aa6d697d2db9ba7f803f17"
    )


@pytest.mark.parametrize("hash_", ["sha1", "sha256", "sha384", "sha512"])
def test_who_has_the_turn_enters_as_moderator_and_all_others_as_viewers(bbb: tuple[str, Bbb], hash_: str) -> None:
    url, server = bbb
    service = service_at(url, hash=hash_)

    statuses = [
        click(service.join(MEETING, VideoGuest("Nadja Brück", moderates=True))),
        click(service.join(MEETING, VideoGuest("Member"))),
    ]

    assert statuses == [302, 302]
    assert server.rooms[MEETING.key].people == [("Nadja Brück", "MODERATOR"), ("Member", "VIEWER")]


def test_a_room_is_opened_once_without_recording(bbb: tuple[str, Bbb]) -> None:
    url, server = bbb

    for name in ("Bram", "Ida"):
        service_at(url).join(MEETING, VideoGuest(name))

    assert (
        server.said
        == [
            (
                "create",
                {
                    "name": MEETING.title,
                    "meetingID": MEETING.key,
                    "logoutURL": MEETING.page,
                    "record": "false",
                    "autoStartRecording": "false",
                    "allowStartStopRecording": "false",
                },
            )
        ]
        * 2
    )
    assert list(server.rooms) == [MEETING.key]


@pytest.mark.parametrize("title", ["X", "X" * 200])
def test_a_title_of_any_length_names_a_room(bbb: tuple[str, Bbb], title: str) -> None:
    url, server = bbb

    service_at(url).join(VideoMeeting("key", title, MEETING.page), VideoGuest("Bram"))

    assert list(server.rooms) == ["key"]


def test_an_address_that_was_changed_leads_nowhere(bbb: tuple[str, Bbb]) -> None:
    url, server = bbb
    address = service_at(url).join(MEETING, VideoGuest("Bram"))

    click(address.replace("VIEWER", "MODERATOR"))

    assert server.rooms[MEETING.key].people == []


def test_another_secret_is_refused(bbb: tuple[str, Bbb]) -> None:
    url, server = bbb
    service = service_at(url, secret="another")

    for attempt in (service.check, lambda: service.join(MEETING, VideoGuest("Bram"))):
        with pytest.raises(VideoFailed, match=r"was refused: checksumError$"):
            attempt()

    assert server.rooms == {}


def test_a_room_runs_while_somebody_is_in_it_until_it_is_ended(bbb: tuple[str, Bbb]) -> None:
    service = service_at(bbb[0])
    address = service.join(MEETING, VideoGuest("Bram"))

    before = service.is_running(MEETING)
    click(address)
    during = service.is_running(MEETING)
    service.end(MEETING)
    service.end(MEETING)

    assert (before, during, service.is_running(MEETING)) == (False, True, False)


def test_each_table_of_a_breakout_is_a_room_of_its_own(bbb: tuple[str, Bbb]) -> None:
    url, server = bbb
    service = service_at(url)
    service.join(MEETING, VideoGuest("Nadja", moderates=True))

    service.breakouts(MEETING, 2)
    service.breakouts(MEETING, 3)
    for table, name in ((1, "Bram"), (2, "Ida"), (2, "Lars"), (3, "Selin")):
        assert click(service.join(MEETING, VideoGuest(name, table=table))) == 302

    tables = server.rooms[MEETING.key].tables
    assert [[name for name, _role in server.rooms[table].people] for table in tables] == [
        ["Bram"],
        ["Ida", "Lars"],
        ["Selin"],
    ]
    asked = [server.rooms[table].asked for table in tables]
    assert [(a["isBreakout"], a["freeJoin"], a["sequence"], a["name"][:1]) for a in asked] == [
        ("true", "true", "1", "1"),
        ("true", "true", "2", "2"),
        ("true", "true", "3", "3"),
    ]


def test_the_tables_close_with_the_room(bbb: tuple[str, Bbb]) -> None:
    url, server = bbb
    service = service_at(url)
    service.join(MEETING, VideoGuest("Nadja"))
    service.breakouts(MEETING, 2)

    service.end(MEETING)

    assert server.rooms == {}
    with pytest.raises(VideoFailed):
        service.join(MEETING, VideoGuest("Bram", table=1))


def test_no_table_is_opened_beside_a_room_that_is_not_open(bbb: tuple[str, Bbb]) -> None:
    with pytest.raises(VideoFailed, match="notFound"):
        service_at(bbb[0]).breakouts(MEETING, 2)


@pytest.mark.parametrize(
    "told",
    [
        b"not xml",
        b"<response><returncode>SUCCESS</returncode>",
        b"<response/>",
        b"<response><returncode>FAILED</returncode></response>",
        EXTERNAL % b"file:///etc/passwd",
        EXTERNAL % b"http://127.0.0.1:1/",
        ENTITY,
        TAGS,
        b'<?xml version="1.0" encoding="x-unknown"?><response/>',
        b"\xff\xfe\x00",
    ],
    ids=lambda told: told[:24].decode(errors="replace"),
)
def test_answers_that_are_not_plain_xml_of_a_success_fail(bbb: tuple[str, Bbb], told: bytes) -> None:
    url, server = bbb
    server.instead = told

    with pytest.raises(VideoFailed):
        service_at(url).check()


def test_neither_secret_nor_checksum_reaches_a_log(bbb: tuple[str, Bbb], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    dead = f"http://127.0.0.1:{free_port()}/bigbluebutton"

    for url, secret in ((dead, SECRET), (bbb[0], "wrong")):
        with pytest.raises(VideoFailed) as failed:
            service_at(url, secret=secret).join(MEETING, VideoGuest("Bram"))
        logging.getLogger("test").error("failed: %s", failed.value, exc_info=failed.value)

    assert "create" in caplog.text
    assert [word for word in ("checksum=", SECRET, MEETING.key) if word in caplog.text] == []
    assert SECRET not in repr(service_at(dead))


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        (
            {},
            (
                "missing: plugins.bigbluebutton.url (COP_PLUGINS_BIGBLUEBUTTON_URL); "
                "missing: plugins.bigbluebutton.secret (COP_PLUGINS_BIGBLUEBUTTON_SECRET)"
            ),
        ),
        ({"url": "https://b.example", "secret": "s", "salt": "x"}, "unknown: plugins.bigbluebutton.salt"),
        (
            {"url": "http://b.example", "secret": "s"},
            "plugins.bigbluebutton.url must be an https address without query",
        ),
        (
            {"url": "https://b.example", "secret": "s", "hash": "md5"},
            "plugins.bigbluebutton.hash must be one of sha1, sha256, sha384, sha512",
        ),
    ],
)
def test_what_is_missing_or_wrong_is_named(table: dict[str, str], fault: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        video_service(PluginSettings({"bigbluebutton": table}))

    assert str(wrong.value) == fault


def test_without_settings_there_is_no_service() -> None:
    assert video_service(PluginSettings({})) is None
