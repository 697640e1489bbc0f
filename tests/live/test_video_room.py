# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Bram of Aalborg enters the video room of a meeting of Kassel: from his own city's page, under the name he agreed to."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from cop.base.clock import now
from cop.meetings import services as meetings
from cop.meetings.models import Answer
from tests.live.story import Story, the_meeting
from tests.live.traveller import Traveller
from tests.plugins.bbb_server import SECRET, Bbb, a_bbb


@pytest.fixture
def bbb(kassel) -> Iterator[Bbb]:
    """The video server of Kassel."""
    with a_bbb() as (url, server):
        kassel.settings = replace(kassel.settings, plugins={"bigbluebutton": {"url": url, "secret": SECRET}})
        kassel.restart()
        yield server


@pytest.fixture
def story(kassel, aalborg, bbb: Bbb) -> Story:
    """A meeting that begins in a few minutes, with a room on Kassel's server."""
    story = Story(kassel, aalborg).peer().join()
    with kassel.at_work():
        soon = (now() + timedelta(minutes=5)).replace(tzinfo=None)
        facts = {"starts_local": soon, "zone": "UTC", "video_room": "bigbluebutton", "links": []}
        meetings.change_meeting(the_meeting(), story.coordinator(), **facts)
    story.settle()
    return story


def page_of_meeting(city) -> str:
    with city.app.app_context():
        return f"{city.origin}/meetings/{the_meeting().id}"


def test_who_comes_from_another_city_enters_by_a_visit_as_a_viewer(story: Story, bbb: Bbb) -> None:
    bram = Traveller(story.aalborg, story.bram)
    before = bram.get(page_of_meeting(story.aalborg))
    story.answer(Answer.CONFIRMED)
    story.settle()

    own_page = bram.get(page_of_meeting(story.aalborg))
    there = bram.open(own_page)
    into = bram.get(f"{there.url}/video", follow=False)
    bram.get(into.headers["Location"], follow=False)

    assert "BigBlueButton" not in before.text
    assert "BigBlueButton" in own_page.text
    assert f'href="{page_of_meeting(story.kassel)}/video"' not in own_page.text
    assert f'href="{page_of_meeting(story.kassel)}/video"' in there.text
    assert [room.people for room in bbb.rooms.values()] == [[("HR-udvikling, Aalborg", "VIEWER")]]


def test_who_did_not_accept_does_not_enter(story: Story, bbb: Bbb) -> None:
    bram = Traveller(story.aalborg, story.bram)
    there = bram.open(bram.get(page_of_meeting(story.aalborg)))

    refused = bram.get(f"{there.url}/video", follow=False)

    assert refused.status_code == 403
    assert bbb.said == []
