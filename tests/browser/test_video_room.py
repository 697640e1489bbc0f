# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""One click from the page of a meeting into its room, in a real browser and past its policies."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from cop.base.db import transaction
from cop.communities.services import require_member
from cop.meetings import services
from cop.meetings.models import Answer
from tests.builders import a_community, a_meeting, a_person
from tests.databases import fresh_database
from tests.live_instance import LiveInstance
from tests.plugins.bbb_server import SECRET, Bbb, a_bbb
from tests.reader import Reader


@pytest.fixture
def server() -> Iterator[tuple[str, Bbb]]:
    with a_bbb() as running:
        yield running


@pytest.fixture
def city(server: tuple[str, Bbb], template: str, tmp_path: Path) -> Iterator[LiveInstance]:
    """Kassel with a video server of its own."""
    city = LiveInstance("Kassel", fresh_database(template, tmp_path / "kassel.sqlite"))
    city.settings = replace(city.settings, plugins={"bigbluebutton": {"url": server[0], "secret": SECRET}})
    city.restart()
    yield city
    city.close()


def test_the_button_leads_to_the_video_server_and_says_calmly_when_it_fails(
    city: LiveInstance, server: tuple[str, Bbb], profile: BrowserContext
) -> None:
    url, bbb = server
    with city.app.app_context():
        with transaction():
            nadja = a_person("Nadja Petrikat")
            community = a_community(founder=nadja)
            meeting = a_meeting(community, starts_in=timedelta(minutes=5), video_room="bigbluebutton")
            services.answer(meeting, require_member(community.id, nadja.id), Answer.CONFIRMED)
            address = f"{city.origin}/meetings/{meeting.id}"
        name, _, value = Reader(city.app, nadja).cookie.partition("=")
    profile.add_cookies([{"name": name, "value": value, "url": city.origin}])
    page = profile.new_page()
    page.goto(address)

    bbb.instead = b"<html>Bad Gateway</html>"
    page.get_by_role("link", name="Videoraum betreten").click()
    expect(page.get_by_text("Der Videoraum lässt sich gerade nicht öffnen.")).to_be_visible()
    bbb.instead = None
    page.get_by_role("link", name="Videoraum betreten").click()
    page.wait_for_url(f"{url.removesuffix('/bigbluebutton')}/html5client/join")

    assert [room.people for room in bbb.rooms.values()] == [[("Nadja Petrikat", "MODERATOR")]]
