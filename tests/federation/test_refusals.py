# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
from dataclasses import replace

import pytest

from federation import strict_json
from federation.memory import Time
from federation.ports import Kept
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
    a_city_with_peers,
    a_create,
    a_key,
    a_post,
    an_activity,
    refusal_of,
    with_headers,
)


@pytest.fixture
def city():
    return a_city_with_peers()


REFUSED = [
    # the origin rule
    ({**a_create(), "actor": f"{OTHER}/actor"}, "origin", 403),
    ({**a_create(), "actor": f"{HERE}/actor"}, "origin", 403),
    ({**a_create(), "id": f"{OTHER}/a/1"}, "origin", 403),
    (an_activity("Create", {"id": f"{OTHER}/o/1", "type": "Event"}), "origin", 403),
    (an_activity("Create", {"id": f"{HERE}/o/1", "type": "Event"}), "origin", 403),
    (an_activity("Create", {"id": "http://peer-b.example/o/1", "type": "Event"}), "origin", 403),
    (an_activity("Create", {"id": "https://peer-b.example@evil.example/o", "type": "Event"}), "origin", 403),
    (an_activity("Create", {"id": "https://evil.example\\@peer-b.example/o/1", "type": "Event"}), "origin", 403),
    (an_activity("Create", {"id": "HTTPS://PEER-B.EXAMPLE/o/1", "type": "Event"}), "origin", 403),
    (an_activity("Create", {"id": EVENT, "type": "Event", "attributedTo": f"{OTHER}/m/1"}), "origin", 403),
    (an_activity("Create", {"id": EVENT, "type": "Event", "attributedTo": [ACTOR]}), "shape", 400),
    (an_activity("Update", {"id": f"{OTHER}/o/9", "type": "Event"}), "origin", 403),
    (an_activity("Update", {"id": f"{PEER}/o/owned", "type": "Event", "attributedTo": f"{PEER}/m/2"}), "owner", 403),
    (an_activity("Delete", f"{OTHER}/o/3"), "origin", 403),
    (an_activity("Delete", f"{HERE}/m/1"), "origin", 403),
    (an_activity("Delete", f"{OTHER}/actor"), "origin", 403),
    (an_activity("Join", f"{HERE}/o/unknown"), "unknown_object", 403),
    (an_activity("Join", "not an id"), "origin", 403),
    (an_activity("Undo", f"{OTHER}/a/liked"), "origin", 403),
    (an_activity("Undo", {"id": f"{OTHER}/a/1", "actor": f"{OTHER}/actor"}), "origin", 403),
    (an_activity("Undo", {"id": f"{PEER}/a/liked", "actor": f"{OTHER}/actor"}), "origin", 403),
    (an_activity("Undo", f"{PEER}/a/never"), "unknown_object", 403),
    (an_activity("Accept", {"type": "Follow", "id": f"{HERE}/a/999"}), "unknown_object", 403),
    (an_activity("Accept", f"{HERE}/a/asked-c"), "unknown_object", 403),
    (an_activity("Accept", f"{PEER}/a/asked"), "origin", 403),
    (an_activity("Accept", f"{HERE}/a/asked", result={"id": f"{OTHER}/o/1"}), "origin", 403),
    (an_activity("Accept", f"{HERE}/a/asked", result={"id": EVENT, "attributedTo": f"{OTHER}/m/1"}), "origin", 403),
    (an_activity("Accept", f"{HERE}/a/asked", result=[EVENT]), "shape", 400),
    (an_activity("Offer", {"type": "cop:Topic", "id": f"{PEER}/o/1"}, target=OBJECT), "origin", 403),
    (an_activity("Offer", {"type": "cop:Topic", "attributedTo": f"{OTHER}/m/1"}, target=OBJECT), "origin", 403),
    (an_activity("Offer", {"type": "cop:Topic"}, target=f"{HERE}/o/unknown"), "unknown_object", 403),
    (an_activity("Offer", {"type": "cop:Topic"}), "shape", 400),
    (an_activity("Offer", OBJECT, target=OBJECT), "shape", 400),
    (an_activity("Offer", {"type": "Update", "object": {"id": f"{HERE}/o/no"}}, target=OBJECT), "unknown_object", 403),
    (an_activity("Offer", {"type": "Delete"}, target=OBJECT), "shape", 400),
    (an_activity("Remove", f"{HERE}/m/1", target=f"{OTHER}/o/g"), "origin", 403),
    (an_activity("Remove", f"{HERE}/m/1"), "shape", 400),
    (an_activity("Announce", {"id": f"{OTHER}/o/1", "content": "forged"}), "level", 403),
    # the shape
    (an_activity("Create", {"type": "Event"}), "shape", 400),
    ({**a_create(), "type": ["Create", "Delete"]}, "shape", 400),
    ({**a_create(), "type": ""}, "shape", 400),
    ({**a_create(), "id": None}, "shape", 400),
    ({**a_create(), "actor": {"id": ACTOR}}, "shape", 400),
    ({**a_create(), "object": None}, "shape", 400),
    ({**a_create(), "object": [EVENT]}, "shape", 400),
    ({**a_create(), "object": {"id": 7}}, "shape", 400),
    ({**a_create(), "object": {"id": EVENT, "type": 7}}, "shape", 400),
    ({**a_create(), "object": {"id": EVENT, "type": []}}, "shape", 400),
    ({**a_create(), "object": {"id": EVENT, "type": ["Event", 7]}}, "shape", 400),
    ({**a_create(), "target": 7}, "shape", 400),
    ({**a_create(), "@graph": [{}]}, "term", 400),
    ({**a_create(), "@reverse": {}}, "term", 400),
    ({**a_create(), "as:actor": f"{OTHER}/actor"}, "term", 400),
    ({**a_create(), "https://www.w3.org/ns/activitystreams#actor": f"{OTHER}/actor"}, "term", 400),
    ({**a_create(), "to": [{"@id": f"{OTHER}/actor"}]}, "term", 400),
    (an_activity("Create", EVENT) | {"object": {"id": EVENT, "@context": {}}}, "term", 400),
    # the bytes
    (b"null", "shape", 400),
    (b'"x"', "shape", 400),
    (b"[null,null]", "shape", 400),
    (b"{} {}", "json_syntax", 400),
    (b'{"a":NaN}', "json_number", 400),
    (b'{"actor":"good","actor":"evil"}', "json_duplicate", 400),
    (b"[" * 10_000, "json_depth", 400),
    (b"x" * (strict_json.MAX_BODY + 1), "size", 413),
]


@pytest.mark.parametrize(("document", "code", "status"), REFUSED, ids=lambda value: str(value)[:70])
def test_what_a_city_may_not_say_is_refused(city, document, code, status):
    refusal = refusal_of(city, a_post(document, KEY, at=city.clock()))

    assert refusal == (code, status)
    assert list(city.intake.waiting(10)) == []
    assert city.events.codes == [code]


def test_while_a_join_is_not_handled_what_is_not_known_may_come_again(city):
    city.known.joins_of = {PEER}

    refusals = [
        refusal_of(city, a_post(an_activity(type_, f"{HERE}/o/unknown"), KEY, at=city.clock()))
        for type_ in ("Like", "Leave", "Join")
    ]

    assert refusals == [("early", 425)] * 3
    assert city.events.codes == ["early"] * 3


def redirected(request):
    """Send to us what was signed for another city."""
    return replace(with_headers(request, host="city-a.example"), url=f"{HERE}/inbox")


def cavage(request):
    return f'keyId="{KEY.key_id}",algorithm="rsa-sha256",headers="date",signature="eA=="'


REQUESTS = [
    (lambda request: with_headers(request, host="city-z.example"), "host", 401),
    (lambda request: with_headers(request, host=None), "host", 401),
    (lambda request: with_headers(request, x_forwarded_host="city-z.example"), "host", 401),
    (lambda request: with_headers(request, content_type=None), "media_type", 415),
    (lambda request: with_headers(request, content_type="text/plain"), "media_type", 415),
    (lambda request: with_headers(request, content_type="application/json; charset=utf-7"), "media_type", 415),
    (lambda request: with_headers(request, content_type="application/activity+json; charset=utf-7"), "media_type", 415),
    (lambda request: with_headers(request, content_type="application/activity+json; charset=utf-8"), "signature", 401),
    (lambda request: replace(request, body=request.body.replace(b"Desk", b"Dusk")), "digest", 401),
    (lambda request: with_headers(request, signature_input=None), "signature", 401),
    (lambda request: with_headers(request, signature=cavage(request), signature_input=None), "signature", 401),
    (lambda request: a_post(a_create(), a_key(OTHER, "peer-9"), at=Time().at), "unknown_key", 401),
    (lambda request: a_post(a_create(), a_key(HERE), at=Time().at), "unknown_key", 401),
    (
        lambda request: a_post(a_create(), replace(KEY, key_id="http://169.254.169.254/latest#key"), at=Time().at),
        "unknown_key",
        401,
    ),
    (lambda request: a_post(a_create(), STRANGER, at=Time().at), "signature", 401),
    (lambda request: a_post(a_create(), OTHER_KEY, at=Time().at), "origin", 403),
    (lambda request: a_post(a_create(), KEY, at=Time().at, to="https://city-c.example"), "host", 401),
    (lambda request: replace(request, url="https://city-c.example/inbox"), "host", 401),
    (lambda request: redirected(a_post(a_create(), KEY, at=Time().at, to="https://city-c.example")), "signature", 401),
]


@pytest.mark.parametrize(("change", "code", "status"), REQUESTS, ids=range(len(REQUESTS)))
def test_a_request_that_is_not_as_it_was_signed_is_refused(city, change, code, status):
    refusal = refusal_of(city, change(a_post(a_create(), KEY, at=city.clock())))

    assert refusal == (code, status)
    assert list(city.intake.waiting(10)) == []
    assert city.events.codes == [code]


def test_the_name_a_proxy_reports_is_fine_when_it_is_ours(city):
    request = with_headers(a_post(a_create(), KEY, at=city.clock()), x_forwarded_host="city-a.example")

    assert city.inbox.receive(request).kept is Kept.NEW
