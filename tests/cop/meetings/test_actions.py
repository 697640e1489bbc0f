# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who does what by when."""

import csv
import io
from datetime import date, timedelta

import pytest

from cop.base.db import db, transaction
from cop.base.errors import Conflict, Forbidden, Invalid
from cop.meetings import queries, services
from cop.meetings.models import ActionItem, MeetingState
from cop.minutes.services import draft_for
from tests.builders import AALBORG, a_city, a_community, a_meeting, a_member, a_peer, a_person, a_record, a_topic
from tests.reader import Reader

BEGUN = timedelta(hours=-1)


class Scene:
    """A meeting that has begun, one that comes, and a member who is signed in."""

    def __init__(self, app):
        with transaction():
            a_city()
            self.community = a_community()
            self.meeting = a_meeting(self.community, title="Treffen 14", starts_in=BEGUN)
            self.next = a_meeting(self.community, title="Treffen 15")
            self.member = a_member(self.community, "Miriam Ahlsdorf")
            self.topic = a_topic(self.meeting, self.member, "Mentoring")

    def records(self, text="Liste schicken", **facts):
        with transaction():
            return services.record_action(self.meeting, self.member, text=text, **facts)

    def open(self):
        db.session.rollback()
        return [(row.text, row.owner, row.due_on) for row in queries.open_actions(self.community)]


@pytest.fixture
def scene(app):
    return Scene(app)


def test_open_actions_come_in_the_order_of_their_days_with_their_owners(scene):
    with transaction():
        a_record(scene.community, "Tove", origin=AALBORG)
    scene.records("Ohne Tag", owner_name="Der Personalrat")
    scene.records("Später", owner_city=AALBORG, due_on=date(2027, 3, 1))
    scene.records(" Bald \n ", owner_id=scene.member.person_id, due_on=date(2027, 1, 1), topic=scene.topic)

    assert scene.open() == [
        ("Bald", "Miriam Ahlsdorf", date(2027, 1, 1)),
        ("Später", "Aalborg", date(2027, 3, 1)),
        ("Ohne Tag", "Der Personalrat", None),
    ]


def test_what_is_finished_is_open_no_more_until_it_is_taken_up_again(scene):
    action = scene.records()

    with transaction():
        services.finish_action(action, scene.member)
        services.finish_action(action, scene.member)
    assert scene.open() == []
    with transaction():
        services.reopen_action(action, scene.member)
    assert len(scene.open()) == 1


@pytest.mark.parametrize("facts", [{"text": " "}, {"text": "x" * 501}, {"owner_name": "x" * 201}])
def test_texts_that_can_not_be_kept_are_refused(scene, facts):
    with pytest.raises(Invalid):
        scene.records(**facts)


def test_an_owner_is_one_and_of_the_community(scene):
    with transaction():
        stranger, other = a_person("Fremd").id, a_topic(a_meeting(a_community("Andere")))

    for facts in (
        {"owner_id": stranger},
        {"owner_city": AALBORG},
        {"owner_id": scene.member.person_id, "owner_name": "Wer anders"},
        {"topic": other},
    ):
        with pytest.raises(Invalid):
            scene.records(**facts)


def test_only_members_at_the_home_record_and_finish(app, scene):
    action = scene.records()
    with transaction():
        a_peer(AALBORG)
        stranger = a_member(a_community("Andere"), "Tove")
        copy = a_community(origin=AALBORG)
        there, guest = a_meeting(copy), a_member(copy, "Bram")

    with pytest.raises(Forbidden), transaction():
        services.record_action(scene.meeting, stranger, text="x")
    for attempt in (services.finish_action, services.reopen_action):
        with pytest.raises(Forbidden), transaction():
            attempt(action, stranger)
    with pytest.raises(Conflict), transaction():
        services.record_action(there, guest, text="x")


def test_the_draft_of_the_minutes_says_who_does_what_until_when(scene):
    scene.records("Liste schicken", owner_name="Köln", due_on=date(2027, 1, 5), topic=scene.topic)
    scene.records("Raum buchen")

    draft = draft_for(scene.meeting)

    assert "- Liste schicken (Köln, bis 5. Januar)" in draft
    assert draft.index("# Mentoring") < draft.index("Liste schicken") < draft.index("- Raum buchen")


def test_the_next_meeting_looks_at_what_is_open_and_a_button_finishes_it(app, scene):
    action = scene.records(owner_name="Köln")
    reader, page = Reader(app, db.session.get_one(type(scene.topic.proposed_by), scene.member.person_id)), scene.next
    path = f"/meetings/{page.id}"

    before = reader.get(path).text
    answer = reader.post(f"/actions/{action.id}/done", done="1")
    after = reader.get(path).text
    undone = reader.post(f"/actions/{action.id}/done", done="")

    assert ("Liste schicken" in before, "Köln" in before) == (True, True)
    assert answer.status_code == undone.status_code == 303
    assert "/done" in after  # the undo of the toast
    assert reader.get(path).text.count("Liste schicken") == before.count("Liste schicken")


def test_a_meeting_that_is_over_shows_what_came_out_of_it_as_a_table_too(app, scene):
    scene.records(due_on=date(2027, 1, 5), topic=scene.topic, owner_name="Köln, Heidelberg")
    with transaction():
        db.session.merge(scene.meeting).state = MeetingState.ENDED
    reader = Reader(app, scene.topic.proposed_by)

    page = reader.get(f"/meetings/{scene.meeting.id}").text
    table = reader.get(f"/meetings/{scene.meeting.id}/actions.csv")

    assert f"/meetings/{scene.meeting.id}/actions.csv" in page
    assert table.content_type.startswith("text/csv")
    rows = list(csv.reader(io.StringIO(table.data.decode("utf-8-sig"), newline="")))
    assert rows[1] == ["Mentoring", "Liste schicken", "Köln, Heidelberg", "2027-01-05", "nein"]


def test_the_table_is_for_members(app, scene):
    with transaction():
        outsider = a_person("Fremd")
    scene.records()

    assert Reader(app, outsider).get(f"/meetings/{scene.meeting.id}/actions.csv").status_code == 403


def test_a_hundred_actions_ask_the_database_no_more_than_one(app, scene):
    reader = Reader(app, scene.topic.proposed_by)
    scene.records(topic=scene.topic, owner_id=scene.member.person_id)
    one = len(reader.queries(f"/meetings/{scene.next.id}"))
    for number in range(20):
        with transaction():
            person = a_record(scene.community, f"Person {number}").person_id
        scene.records(topic=scene.topic, owner_id=person)

    assert len(reader.queries(f"/meetings/{scene.next.id}")) == one
    assert db.session.query(ActionItem).count() == 21
