# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A city whose clock is wrong is refused, and its administrators read why."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from cop.base.clock import now
from cop.base.db import db
from cop.meetings import services as meetings
from cop.sharing.models import SecurityEventRecord
from cop.sharing.partners import partners
from tests.live.story import Story, the_meeting
from tests.live_instance import LiveInstance

AHEAD = timedelta(minutes=10)


@pytest.fixture
def story(kassel, aalborg) -> Story:
    return Story(kassel, aalborg).peer().join()


def ten_minutes_behind(app):
    """Answer by a clock that is right, while that of whoever asks is ahead."""

    def answer(environ, start_response):
        with time_machine.travel(now() - AHEAD):
            yield from app(environ, start_response)

    return answer


def error_at(city: LiveInstance) -> str:
    with city.app.test_request_context(headers={"Accept-Language": "en"}):
        return partners()[0].last_error


def test_a_city_whose_clock_is_ten_minutes_ahead_learns_why_it_is_refused(story: Story) -> None:
    story.aalborg.stop()
    story.aalborg.resume(through=ten_minutes_behind)
    with story.kassel.at_work():
        meetings.propose_topic(the_meeting(), story.coordinator(), title="Mentoring", pitch="", locale="de")

    assert story.kassel.deliver() == 0

    with story.aalborg.app.app_context():
        refused = db.session.scalars(select(SecurityEventRecord).order_by(SecurityEventRecord.id.desc())).first()
    assert refused is not None
    assert refused.code == "window"
    assert re.fullmatch(r"signed (59\d|600) s ahead of this clock", refused.detail)
    assert error_at(story.kassel) == "Its clock and ours differ by more than a minute."
    story.aalborg.stop()
    story.aalborg.resume()
    story.kassel.retry_now()
    story.settle()
    assert error_at(story.kassel) == "no error"
