# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
from dataclasses import replace

import pytest

from federation.calling import Caller, Unproved
from federation.errors import Unreachable
from federation.inbox import MEDIA_TYPE
from federation.ports import Answer, PeerState
from federation.signing import claimed_key_id, verify_request
from tests.federation.peer_cities import HERE, OTHER, PEER, City, a_key, answered

OURS, KEY, OTHER_KEY = a_key(HERE), a_key(PEER), a_key(OTHER)


class Wire:
    """A transport at whose other end somebody answers, perhaps changed on the way."""

    def __init__(self, city, *, key=KEY, answer=None, change=lambda answer: answer):
        self.city = city
        self.key = key
        self.answer = answer or Answer(200, {}, b"{}")
        self.change = change
        self.request = None

    def send(self, request):
        self.request = request
        signed = answered(self.answer, request, self.key, at=self.city.clock()) if self.key else self.answer
        return self.change(signed)


@pytest.fixture
def city():
    city = City()
    city.know(KEY)
    city.know(OTHER_KEY, OTHER)
    return city


def a_caller(city, wire):
    return Caller(key=OURS, peers=city.peers, transport=wire, clock=city.clock)


def fault_of(city, **how):
    with pytest.raises(Unproved) as fault:
        a_caller(city, Wire(city, **how)).get(PEER, "/o/1")
    return fault.value.code


def test_a_peer_is_asked_and_its_answer_is_taken(city):
    wire = Wire(city)

    answer = a_caller(city, wire).get(PEER, "/changes?since=7")

    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"{}", MEDIA_TYPE)
    assert (wire.request.method, wire.request.url) == ("GET", f"{PEER}/changes?since=7")
    key_id = claimed_key_id(wire.request.headers)
    signed = verify_request(wire.request, key_id=key_id, public_key=OURS.public, at=city.clock())
    assert signed.key_id == OURS.key_id


@pytest.mark.parametrize("status", [202, 403, 404, 410, 503])
def test_a_refusal_is_an_answer_too(city, status):
    assert a_caller(city, Wire(city, answer=Answer(status, {}))).post(PEER, "/inbox", b"{}").status == status


def test_an_answer_without_a_signature_proves_nothing(city):
    page = Answer(200, {"content-type": "text/html"}, b"<html>")

    with pytest.raises(Unproved) as fault:
        a_caller(city, Wire(city, key=None, answer=page)).get(PEER, "/o/1")

    assert (fault.value.code, fault.value.answer) == ("answer_unsigned", page)


@pytest.mark.parametrize("key", [OTHER_KEY, OURS, a_key(PEER, "peer-9")])
def test_only_the_city_that_was_asked_may_answer(city, key):
    assert fault_of(city, key=key) == "answer_key"


def test_a_key_that_took_the_name_of_a_pinned_one_is_found_out(city):
    assert fault_of(city, key=a_key(PEER)) == "answer_signature"


def test_a_revoked_key_answers_no_more(city):
    city.cities.revoked.add(KEY.key_id)

    assert fault_of(city) == "answer_key"


def test_a_city_whose_partnership_ended_here_is_still_known_by_its_key(city):
    city.know(KEY, state=PeerState.ENDED)

    assert a_caller(city, Wire(city)).get(PEER, "/o/1").status == 200


def without(name):
    return lambda answer: replace(answer, headers={k: v for k, v in answer.headers.items() if k != name})


CHANGES = [
    (lambda answer: replace(answer, status=404), "answer_signature"),
    (lambda answer: replace(answer, body=b"{ }"), "answer_digest"),
    (without("signature"), "answer_signature"),
    (without("signature-input"), "answer_signature"),
    (without("content-digest"), "answer_signature"),
    (lambda answer: replace(answer, headers={**answer.headers, "content-type": "text/html"}), "answer_signature"),
]


@pytest.mark.parametrize(("change", "code"), CHANGES)
def test_an_answer_that_was_changed_on_the_way_is_not_taken(city, change, code):
    assert fault_of(city, change=change) == code


def test_what_a_proxy_adds_beside_it_does_no_harm(city):
    def adding(answer):
        return replace(answer, headers={**answer.headers, "set-cookie": "a=b"})

    assert a_caller(city, Wire(city, change=adding)).get(PEER, "/o/1").status == 200


@pytest.mark.parametrize(("seconds", "taken"), [(-120, True), (60, True), (-121, False), (61, False)])
def test_an_answer_is_taken_while_the_clocks_agree(city, seconds, taken):
    there = City()
    there.clock.at = city.clock()
    there.clock.pass_(seconds=seconds)
    wire = Wire(there)

    if taken:
        assert a_caller(city, wire).get(PEER, "/o/1").status == 200
    else:
        with pytest.raises(Unproved) as fault:
            a_caller(city, wire).get(PEER, "/o/1")
        assert fault.value.code == "answer_window"


def test_no_answer_is_no_answer(city):
    class Silent:
        def send(self, request):
            raise Unreachable("timeout", "slow")

    with pytest.raises(Unreachable) as fault:
        a_caller(city, Silent()).get(PEER, "/o/1")

    assert (fault.value.code, isinstance(fault.value, Unproved)) == ("timeout", False)
