# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
import pytest

from federation.activities import build_activity, new_activity_id, object_type, parse_activity
from federation.errors import Refused
from federation.origins import parse_object_id
from federation.ports import Level
from federation.rules import level_needed
from federation.strict_json import dumps, loads
from tests.federation.peer_cities import PEER, a_create


def test_an_activity_that_is_built_is_read_the_same():
    document = a_create(target=f"{PEER}/o/2", result={"id": f"{PEER}/o/3"})

    activity = parse_activity(loads(dumps(document)))

    assert activity.raw == document
    assert (activity.type, activity.object_type, activity.object_id) == ("Create", "Event", f"{PEER}/o/1")
    assert (activity.target, activity.embedded["name"]) == (f"{PEER}/o/2", "Desksharing")


def test_an_object_may_only_be_named():
    activity = parse_activity(
        build_activity("Like", id_=new_activity_id(PEER), actor=f"{PEER}/actor", object_=f"{PEER}/o/1")
    )

    assert (activity.object_id, activity.object_type, activity.embedded) == (f"{PEER}/o/1", None, {})


def test_no_id_is_minted_twice():
    ids = {new_activity_id(PEER) for _ in range(1000)}

    assert len(ids) == 1000
    assert {parse_object_id(each).origin for each in ids} == {PEER}


def test_of_several_types_ours_decides():
    assert object_type({"type": ["Note", "cop:Topic"]}) == "cop:Topic"
    assert object_type({"type": ["Note"]}) == "Note"
    assert object_type({}) is None


def test_what_is_no_object_is_no_activity():
    with pytest.raises(Refused):
        parse_activity([a_create()])


@pytest.mark.parametrize(
    ("type_", "object_", "level"),
    [
        ("Create", {"type": "Event"}, Level.READ),
        ("Update", {"type": "cop:ContactAd"}, Level.READ),
        ("Delete", {"type": "Tombstone"}, Level.READ),
        ("Update", {"type": ["Note", "cop:Topic"]}, Level.WORK),
        ("Update", {"type": "Application"}, Level.PUBLIC),
        ("Join", f"{PEER}/o/1", Level.WORK),
        ("Undo", f"{PEER}/a/1", Level.WORK),
        ("Announce", f"{PEER}/o/1", Level.RELAY),
        ("Flurb", f"{PEER}/o/1", Level.PUBLIC),
    ],
)
def test_each_activity_needs_its_level(type_, object_, level):
    assert level_needed(parse_activity(a_create(type_=type_, object_=object_))) is level
