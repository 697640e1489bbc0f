# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What coordinators and people in turn find on the pages of a meeting."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from cop.base.clock import now
from cop.base.db import db, transaction
from cop.communities.models import Community
from cop.communities.rules import Role
from cop.communities.services import require_member
from cop.meetings import services
from cop.meetings.models import Meeting
from cop.meetings.views.planning import _as_typed
from cop.rotation.models import Assignment
from cop.rotation.services import take_turns
from tests.builders import a_community, a_person, a_record
from tests.reader import Reader

CONCEPT = {"kind": "whiteboard", "label": "Conceptboard", "url": "https://tafel.kassel.example/cop"}


@pytest.fixture
def ida(app):
    """Coordinates a community and takes its turns."""
    with transaction():
        person = a_person("Ida Solberg", locale="en")
        community = a_community()
        a_record(community, person=person, role=Role.COORDINATOR)
        take_turns(community, require_member(community.id, person.id), knows_it=True)
    return Reader(app, person)


def planned(ida, **facts):
    """A meeting that began a minute ago; return its id."""
    with transaction():
        community = db.session.scalars(select(Community)).one()
        begins = (now() - timedelta(minutes=1)).replace(tzinfo=None)
        plan = {"title": "Treffen", "starts_local": begins, "zone": "UTC", "minutes": 60} | facts
        return services.plan_meeting(community, require_member(community.id, ida.person_id), **plan).id


def words(answer):
    assert answer.status_code == 200
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_a_link_keeps_its_name_when_the_meeting_is_changed(ida):
    meeting_id = planned(ida, links=[CONCEPT])
    with transaction():
        typed = _as_typed(db.session.get_one(Meeting, meeting_id))

    answer = ida.post(f"/meetings/{meeting_id}/edit", **typed | {"title": "Anders"})

    assert answer.status_code == 303
    with transaction():
        meeting = db.session.get_one(Meeting, meeting_id)
        assert (meeting.title, meeting.links) == ("Anders", [CONCEPT])


def test_a_series_is_shown_without_the_place_of_its_number(ida):
    with transaction():
        community = db.session.scalars(select(Community)).one()
        services.plan_series(
            community,
            require_member(community.id, ida.person_id),
            title="Treffen {number} der CoP",
            rrule="FREQ=MONTHLY",
            starts_local=(now() + timedelta(days=9)).replace(tzinfo=None),
            zone="UTC",
            minutes=60,
        )
        path = f"/communities/{community.id}/meetings"

    assert "Treffen … der CoP from " in words(ida.get(path))


def test_a_meeting_that_is_over_can_not_be_run_any_more(ida):
    meeting_id = planned(ida)
    assert "Run the meeting Change the meeting" in words(ida.get(f"/meetings/{meeting_id}"))

    ida.post(f"/meetings/{meeting_id}/end")

    over = words(ida.get(f"/meetings/{meeting_id}"))
    assert "Run the meeting" not in over
    assert "Whose turn it was" in over


def test_a_turn_leads_to_its_meeting(ida):
    meeting_id = planned(ida, starts_local=(now() + timedelta(days=9)).replace(tzinfo=None))
    turn_id = db.session.scalars(select(Assignment.id)).first()

    assert "Why me?" in words(ida.get(f"/meetings/{meeting_id}"))
    assert f'href="/meetings/{meeting_id}"' in ida.get(f"/turns/{turn_id}").text
