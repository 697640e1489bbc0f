# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
from dataclasses import replace

import pytest

from federation.activities import build_activity, new_activity_id, object_type, parse_activity
from federation.errors import Refused
from federation.origins import parse_object_id
from federation.ports import Level, Peer, PeerState
from federation.rules import level_needed, may_hear
from federation.strict_json import dumps, loads
from tests.federation.peer_cities import HERE, PEER, a_create


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
        ("Delete", {"type": "Tombstone"}, Level.PUBLIC),
        ("Delete", f"{PEER}/o/1", Level.PUBLIC),
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


@pytest.mark.parametrize(
    ("document", "allowed"),
    [
        (a_create(), {2, 3, 4}),
        (a_create(object_={"type": ["Note", "cop:Topic"], "id": f"{PEER}/o/1"}), {3, 4}),
        (a_create(type_="Update", object_={"type": "Application", "id": f"{PEER}/actor"}), {1, 2, 3, 4}),
        (a_create(type_="Delete", object_=f"{PEER}/o/1"), {0, 1, 2, 3, 4}),
        (a_create(type_="Accept", object_=f"{PEER}/a/asked"), {3, 4}),
        (a_create(type_="Reject", object_=f"{PEER}/a/offer"), {0, 1, 2, 3, 4}),
        (a_create(type_="Announce", object_=f"{PEER}/o/1"), {4}),
    ],
)
def test_a_city_hears_what_its_level_allows(document, allowed):
    peer = Peer(HERE, PeerState.ACTIVE, offer_id=f"{PEER}/a/offer")

    assert {level for level in Level if may_hear(document, replace(peer, level_out=level))} == allowed
    assert may_hear(document, replace(peer, state=PeerState.ENDED, level_out=3)) is (document["type"] == "Reject")
