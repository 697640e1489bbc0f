# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation import strict_json
from federation.activities import Received, build_activity, parse_activity
from federation.errors import Refused
from federation.ports import Arrival, Kept, Level, PeerState, Request
from federation.router import Router
from federation.signing import sign_request
from tests.federation.peer_cities import (
    ACTOR,
    EVENT,
    HERE,
    KEY,
    OBJECT,
    OTHER,
    OTHER_KEY,
    PEER,
    STRANGER,
    City,
    a_city_with_peers,
    a_create,
    a_post,
    an_activity,
    refusal_of,
    unsigned,
)


@pytest.fixture
def city():
    return a_city_with_peers()


def test_a_valid_activity_is_accepted_once(city):
    receipts = [city.post(a_create(), KEY) for _ in range(3)]

    assert [receipt.kept for receipt in receipts] == [Kept.NEW, Kept.KNOWN, Kept.KNOWN]
    assert len(city.intake.waiting(10)) == 1
    assert receipts[0].received.sender == PEER
    assert city.events.codes == []


def test_two_hundred_valid_activities_are_each_accepted_once(city):
    receipts = [city.post(a_create(number=str(number)), KEY) for number in range(200)]

    assert {receipt.kept for receipt in receipts} == {Kept.NEW}
    assert len(city.intake.waiting(1000)) == 200


def test_a_replay_is_accepted_without_effect_and_noted(city):
    request = a_post(a_create(), KEY, at=city.clock())
    city.inbox.receive(request)

    assert city.inbox.receive(request).kept is Kept.REPLAYED
    assert len(city.intake.waiting(10)) == 1
    assert city.events.codes == ["replay"]


def test_a_nonce_that_was_used_for_another_activity_is_refused(city, monkeypatch):
    monkeypatch.setattr("secrets.token_urlsafe", lambda length: "n" * 22)
    city.post(a_create(number="1"), KEY)

    assert refusal_of(city, a_post(a_create(number="2"), KEY, at=city.clock())) == ("nonce", 401)


@pytest.mark.parametrize(
    "activity",
    [
        an_activity("Create", {"id": EVENT, "type": "Event", "attributedTo": f"{PEER}/m/1"}),
        an_activity("Update", {"id": f"{PEER}/o/owned", "type": "Event", "attributedTo": f"{PEER}/m/1"}),
        an_activity("Update", {"id": f"{PEER}/o/new", "type": ["Note", "cop:Topic"], "attributedTo": f"{PEER}/m/1"}),
        an_activity("Delete", EVENT),
        an_activity("Delete", {"id": EVENT, "type": "Tombstone", "cop:rev": 3}),
        an_activity("Move", {"id": EVENT, "type": "cop:ContactAd"}, target=f"{PEER}/o/2"),
        an_activity("Join", OBJECT),
        an_activity("Like", {"id": OBJECT}),
        an_activity("Leave", OBJECT),
        an_activity("Undo", f"{PEER}/a/liked"),
        an_activity("Undo", {"id": f"{PEER}/a/liked", "type": "Like", "actor": ACTOR}),
        an_activity("Accept", f"{HERE}/a/asked"),
        an_activity("Accept", f"{HERE}/a/asked", result={"id": f"{PEER}/o/3", "attributedTo": f"{PEER}/o/g"}),
        an_activity("Accept", f"{HERE}/a/asked", result=f"{PEER}/o/3"),
        an_activity("TentativeAccept", f"{HERE}/a/asked", result={"id": f"{PEER}/o/3"}),
        an_activity("Reject", {"id": f"{HERE}/a/asked", "type": "Offer"}),
        an_activity("Offer", {"type": "cop:Topic", "name": "x"}, target=OBJECT),
        an_activity("Offer", {"type": "cop:Topic", "attributedTo": f"{PEER}/m/1"}, target=OBJECT),
        an_activity("Offer", {"type": "Update", "object": {"id": OBJECT, "name": "y"}}, target=OBJECT),
        an_activity("Offer", {"type": "Delete", "object": OBJECT}, target=OBJECT),
        an_activity("Remove", f"{HERE}/m/1", target=f"{PEER}/o/g"),
        an_activity("Flurb", "whatever"),
        an_activity("Creаte", EVENT),  # a Cyrillic a
        an_activity("Create", {"id": EVENT, "type": "Event", "pinned": True, "cop:new": {"ical:x": 1}}),
    ],
    ids=lambda activity: f"{activity['type']} {str(activity['object'])[:50]}",
)
def test_what_a_city_may_say_is_accepted(city, activity):
    assert city.post(activity, KEY).kept is Kept.NEW


@pytest.mark.parametrize(
    ("changes", "activity", "code"),
    [
        ({"state": PeerState.ASKED}, a_create(), "not_peered"),
        ({"state": PeerState.OFFERED}, a_create(), "not_peered"),
        ({"state": PeerState.ENDED}, a_create(), "not_peered"),
        ({"level_in": Level.BLOCKED}, a_create(), "blocked"),
        ({"level_in": Level.BLOCKED}, an_activity("Flurb", "x"), "blocked"),
        ({"level_in": Level.PUBLIC}, a_create(), "level"),
        ({"level_in": Level.READ}, an_activity("Join", OBJECT), "level"),
        ({"level_in": Level.READ}, an_activity("Offer", {"type": "cop:Topic"}, target=OBJECT), "level"),
        ({"level_in": Level.READ}, an_activity("Create", {"id": EVENT, "type": ["Note", "cop:Topic"]}), "level"),
        ({"level_in": Level.READ}, an_activity("Create", {"id": EVENT, "type": "Person"}), "level"),
    ],
)
def test_a_city_may_do_what_its_level_allows(city, changes, activity, code):
    city.know(KEY, **changes)

    assert refusal_of(city, a_post(activity, KEY, at=city.clock())) == (code, 403)


@pytest.mark.parametrize(
    ("level", "activity"),
    [
        (Level.PUBLIC, an_activity("Flurb", "x")),
        (Level.PUBLIC, an_activity("Update", {"id": ACTOR, "type": "Application"})),
        (Level.READ, a_create()),
        (Level.PUBLIC, an_activity("Delete", EVENT)),
    ],
)
def test_a_low_level_is_enough_for_what_needs_no_more(city, level, activity):
    city.know(KEY, level_in=level)

    assert city.post(activity, KEY).kept is Kept.NEW


def test_the_answer_to_our_offer_is_taken_from_a_city_that_is_no_peer_yet(city):
    offer = f"{HERE}/a/offer"
    city.know(KEY, state=PeerState.OFFERED, offer_id=offer, level_in=Level.BLOCKED)

    assert city.post(an_activity("Accept", offer), KEY).kept is Kept.NEW
    assert refusal_of(city, a_post(a_create(number="2"), KEY, at=city.clock())) == ("not_peered", 403)


@pytest.mark.parametrize("level", [Level.BLOCKED, Level.WORK])
@pytest.mark.parametrize(
    ("offered_by", "activity"),
    [
        (HERE, an_activity("Reject", f"{HERE}/a/offer")),
        (PEER, an_activity("Undo", {"type": "Offer", "id": f"{PEER}/a/offer", "actor": ACTOR})),
        (PEER, an_activity("Undo", f"{PEER}/a/offer")),
    ],
)
def test_a_peer_may_end_the_peering_at_any_level(city, level, offered_by, activity):
    city.know(KEY, offer_id=f"{offered_by}/a/offer", level_in=level)

    assert city.post(activity, KEY).kept is Kept.NEW


def test_an_offer_can_not_be_accepted_by_the_city_that_made_it(city):
    offer = f"{PEER}/a/offer"
    city.know(KEY, state=PeerState.ASKED, offer_id=offer)

    assert refusal_of(city, a_post(an_activity("Accept", offer), KEY, at=city.clock())) == ("origin", 403)


def test_a_revoked_key_is_unknown(city):
    city.cities.revoked.add(KEY.key_id)

    assert refusal_of(city, a_post(a_create(), KEY, at=city.clock())) == ("unknown_key", 401)


def invalid(activity):
    raise ValueError("year 0 is out of range")


@pytest.mark.parametrize(
    ("schema", "detail"),
    [
        (lambda activity: {"name": ["Missing."], "updated": ["Too late."]}, "name, updated"),
        (lambda activity: ["wrong"], "see the protocol"),
        (invalid, "can't be read"),
        (lambda activity: 1 / 0, "can't be read"),
    ],
)
def test_an_object_that_the_schema_does_not_take_is_refused(schema, detail):
    city = City(schema=schema)
    city.know(KEY)

    with pytest.raises(Refused) as refusal:
        city.post(a_create(), KEY)

    assert (refusal.value.code, refusal.value.status) == ("schema", 400)
    assert detail in refusal.value.detail


def test_floods_of_strangers_are_slowed_down_and_good_peers_still_served(city):
    bad = a_post(a_create(), STRANGER, at=city.clock())
    codes = {refusal_of(city, bad) for _ in range(100)}

    assert codes == {("signature", 401), ("rate", 429)}
    good = replace(a_post(a_create(), KEY, at=city.clock()), address="192.0.2.99")
    assert city.inbox.receive(good).kept is Kept.NEW


def test_a_peer_that_sends_too_much_is_told_when_to_come_back(city):
    city.limit._allowed["peer"] = 2
    for number in "12":
        city.post(a_create(number=number), KEY)

    with pytest.raises(Refused) as refusal:
        city.post(a_create(number="3"), KEY)

    assert (refusal.value.code, refusal.value.status, refusal.value.retry_after) == ("rate", 429, 60)
    assert city.post(a_create(OTHER), OTHER_KEY).kept is Kept.NEW


def a_get(city, key=KEY, **headers):
    headers = {"host": "city-a.example", **headers}
    return sign_request(Request("GET", f"{HERE}/o/1", headers), key=key, at=city.clock())


def test_a_peer_that_reads_is_recognised(city):
    assert city.inbox.verify_get(a_get(city)).origin == PEER


@pytest.mark.parametrize(
    ("changes", "code", "status"),
    [
        ({"state": PeerState.ENDED}, "not_peered", 403),
        ({"level_out": Level.BLOCKED}, "not_peered", 403),
        ({"level_out": Level.PUBLIC}, "level", 403),
    ],
)
def test_a_city_that_may_not_read_is_refused(city, changes, code, status):
    city.know(KEY, **changes)

    with pytest.raises(Refused) as refusal:
        city.inbox.verify_get(a_get(city), level=Level.READ)

    assert (refusal.value.code, refusal.value.status, city.events.codes) == (code, status, [code])


def test_strangers_that_read_again_and_again_are_slowed_down(city):
    codes = set()
    for _ in range(100):
        with pytest.raises(Refused) as refusal:
            city.inbox.verify_get(replace(a_get(city), url=f"{HERE}/o/2"))
        codes.add((refusal.value.code, refusal.value.status))

    assert codes == {("signature", 401), ("rate", 429)}
    assert city.inbox.verify_get(replace(a_get(city), address="192.0.2.99")).origin == PEER


def test_a_signature_for_another_page_is_refused(city):
    with pytest.raises(Refused) as refusal:
        city.inbox.verify_get(replace(a_get(city), url=f"{HERE}/o/2"))

    assert refusal.value.status == 401


def test_handlers_get_what_was_verified_in_order_and_once(city):
    router, got = Router(), []
    router.on("Create", "Event")(lambda verified: got.append((verified.sender, verified.activity.id[-1])))
    for number in "12":
        city.post(a_create(number=number), KEY)
    city.post(an_activity("Flurb", "x", number="3"), KEY)

    assert (city.inbox.process(router), city.inbox.process(router)) == (3, 0)
    assert got == [(PEER, "1"), (PEER, "2")]
    assert [error for _, error in city.intake.settled] == [None, None, None]


def test_a_refusal_by_a_handler_is_final(city):
    router = Router()

    @router.on("Create")
    def refuse(verified):
        raise Refused("stale", "an older rev", 403)

    city.post(a_create(), KEY)

    assert city.inbox.process(router) == 1
    assert [error for _, error in city.intake.settled] == ["stale"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"level_in": Level.PUBLIC}, "level"),
        ({"level_in": Level.BLOCKED}, "blocked"),
        ({"state": PeerState.ENDED}, "not_peered"),
    ],
)
def test_what_was_taken_is_not_handled_when_the_level_is_lower_by_then(city, changes, code):
    router, got = Router(), []
    router.on("Create")(got.append)
    city.post(a_create(), KEY)
    city.peers.settle(replace(city.peers.get(PEER), **changes))

    assert city.inbox.process(router) == 1
    assert (got, [error for _, error in city.intake.settled]) == ([], [code])


def test_a_handler_that_breaks_holds_nobody_up_and_is_tried_again(city, caplog):
    router, broken, got = Router(), {"1"}, []

    @router.on("Create")
    def handle(verified):
        number = verified.activity.id[-1]
        if number in broken:
            raise KeyError(number)
        got.append(number)

    for number in "12":
        city.post(a_create(number=number), KEY)

    assert city.inbox.process(router) == 1
    broken.clear()
    city.clock.pass_(hours=1)
    assert city.inbox.process(router) == 1
    assert got == ["2", "1"]
    assert "broke" in caplog.text


def test_a_handler_can_be_registered_once_and_the_closer_match_wins():
    router, got = Router(), []
    router.on("Update")(lambda verified: got.append("any"))
    router.on("Update", "Event")(lambda verified: got.append("event"))

    with pytest.raises(ValueError, match="has a handler already"):
        router.on("Update", "Event")(lambda verified: None)

    assert router.accepted == {("Update", None), ("Update", "Event")}


LEAVES = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=10) | st.just(EVENT)
VALUES = st.recursive(
    LEAVES,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=8), below, max_size=3),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(["id", "type", "actor", "object", "target", "result", "@context", "x"]), VALUES, st.booleans())
def test_no_change_of_a_valid_activity_makes_anything_but_an_answer(name, value, inside):
    city = City()
    city.know(KEY)
    document = a_create()
    (document["object"] if inside else document)[name] = value
    try:
        body = strict_json.dumps(document)
    except UnicodeEncodeError:
        return

    status = 202
    try:
        city.inbox.receive(a_post(body, KEY, at=city.clock()))
    except Refused as refusal:
        status = refusal.status

    assert status in {202, 400, 403}


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_unsigned_bytes_are_refused(body):
    city = City()

    assert refusal_of(city, unsigned(body))[1] in {400, 401}


def test_building_something_unreadable_is_refused_at_home():
    with pytest.raises(Refused):
        build_activity("Create", id_=f"{HERE}/a/1", actor=f"{HERE}/actor", object_=EVENT, **{"as:x": 1})


def test_what_nobody_we_know_sent_is_not_handled():
    city, router, got = City(), Router(), []
    router.on("Create")(got.append)
    received = Received(OTHER, OTHER_KEY.key_id, parse_activity(a_create(OTHER)))
    at = city.clock()
    city.intake.keep(Arrival(received, strict_json.dumps(a_create(OTHER)), "n" * 22, at + timedelta(minutes=1), at))

    assert city.inbox.process(router) == 1
    assert (got, [error for _, error in city.intake.settled]) == ([], ["not_peered"])
