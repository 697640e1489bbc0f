# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The links plugin, through the app that found it by its entry point."""

import pytest
from flask import Flask

from cop.base.errors import Invalid
from cop.meetings.services import recognised
from cop.plugin_api import VERSION, hookimpl


@pytest.mark.parametrize(
    ("url", "kind", "label"),
    [
        ("https://stadt-kassel.webex.com/meet/cop", "room", "Webex"),
        ("https://us02web.zoom.us/j/1", "room", "Zoom"),
        ("https://zoom-x.de/j/1", "room", "Zoom"),
        ("https://teams.microsoft.com/l/meetup-join/1", "room", "Teams"),
        ("https://bbb.kassel.example/rooms/cop", "room", "BigBlueButton"),
        ("https://konferenz.kassel.example/b/nad-xyz", "room", "BigBlueButton"),
        ("https://meet.jit.si/reihum", "room", "Jitsi"),
        ("https://jitsi.kassel.example/reihum", "room", "Jitsi"),
        ("https://video.kassel.example/room", "room", "video.kassel.example"),
        ("https://app.conceptboard.com/board/1", "whiteboard", "Conceptboard"),
        ("https://miro.com/app/board/1", "whiteboard", "Miro"),
        ("https://app.mural.co/t/1", "whiteboard", "Mural"),
        ("https://padlet.com/stadt/1", "whiteboard", "Padlet"),
        ("https://www.meistertask.com/app/project/1", "tasks", "MeisterTask"),
        ("https://trello.com/b/1", "tasks", "Trello"),
        ("https://trello.com.evil.example/b/1", "room", "BigBlueButton"),
        ("https://eviltrello.com/1", "room", "eviltrello.com"),
    ],
)
def test_a_link_is_known_by_its_host(app: Flask, url: str, kind: str, label: str) -> None:
    assert recognised([f"  {url} ", ""]) == [{"kind": kind, "label": label, "url": url}]


@pytest.mark.parametrize(
    "url",
    [
        "http://stadt.webex.com/meet/cop",
        "javascript:alert(1)",
        "https://",
        "https://nohost",
        "https://user:word@miro.com/1",
        "https://evil.example\\@miro.com/1",
        "https://miro.com/a b",
        "https://miro.com/\x00",
        "https://miro.com:port/1",
        "https://[::1/1",
        "https://mïro.com/1",
        "data:text/html,x",
    ],
)
def test_what_is_no_https_link_is_refused(app: Flask, url: str) -> None:
    with pytest.raises(Invalid) as caught:
        recognised([url])

    assert list(caught.value.fields) == ["links"]


class Broken:
    """A plugin that fails, and before the others."""

    @hookimpl(tryfirst=True)
    def recognise_link(self, url: str) -> None:
        raise RuntimeError(url)


def test_a_plugin_that_fails_is_not_the_organisers_fault(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    app.extensions["cop.plugins"].register(Broken())

    with pytest.raises(Invalid):
        recognised(["https://miro.com/1"])

    assert "a plugin failed at a link" in caplog.text


def test_the_api_has_a_version() -> None:
    assert VERSION == "1.1"
