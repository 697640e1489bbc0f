# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.calling import Caller
from federation.errors import Unreachable
from federation.memory import Time
from federation.outbox import MAX_RETRY_AFTER, Outbox, Schedule, classify, problem_code, retry_after
from federation.ports import Answer, Outcome, PeerState
from federation.signing import claimed_key_id, verify_request
from federation.testing import ACTIVE, OTHER, PEER, due, send
from tests.federation.peer_cities import City, a_key, answered

KEY = a_key("https://here.example")
PEER_KEYS = {origin: a_key(origin) for origin in (PEER, OTHER)}


class Wire:
    """A transport that answers what it was told to, signed by whom it asks, and remembers what it was given."""

    def __init__(self, *answers, signs=True):
        self.answers = list(answers)
        self.signs = signs
        self.sent = []
        self.clock = Time()

    def send(self, request):
        self.sent.append(request)
        answer = self.answers.pop(0) if self.answers else Answer(202, {})
        if isinstance(answer, Exception):
            raise answer
        origin = request.url.removesuffix("/inbox")
        return answered(answer, request, PEER_KEYS[origin], at=self.clock()) if self.signs else answer


def an_outbox(city, wire, quick=None):
    caller, hasty = (
        each and Caller(key=KEY, peers=city.peers, transport=each, clock=city.clock) for each in (wire, quick)
    )
    for each in (wire, quick or wire):
        each.clock = city.clock
    schedule = Schedule(jitter=0.0)
    return Outbox(deliveries=city.deliveries, caller=caller, quick=hasty, clock=city.clock, schedule=schedule)


def knows(city, peer):
    city.peers.add(peer, name="Musterstadt", keys={PEER_KEYS[peer.origin].key_id: PEER_KEYS[peer.origin].public})


@pytest.fixture
def city():
    city = City()
    knows(city, ACTIVE)
    for number in "123":
        send(city, number)
    return city


def names(wire):
    return [request.body.split(b"/a/")[1][:1].decode() for request in wire.sent]


def test_what_is_due_arrives_in_order_signed_for_the_peer(city):
    wire = Wire()

    assert an_outbox(city, wire).deliver(ACTIVE) == 3
    assert (names(wire), due(city)) == (["1", "2", "3"], [])
    request = wire.sent[0]
    assert request.url == f"{PEER}/inbox"
    key_id = claimed_key_id(request.headers)
    assert verify_request(request, key_id=key_id, public_key=KEY.public, at=city.clock()).key_id == KEY.key_id


def test_every_try_is_signed_anew(city):
    wire = Wire(Answer(500, {}), *[Answer(202, {})] * 2)
    outbox = an_outbox(city, wire)
    outbox.deliver(ACTIVE)
    city.clock.pass_(minutes=1)
    outbox.deliver(ACTIVE)

    assert names(wire) == ["1", "2", "3", "1"]
    assert wire.sent[0].headers["signature-input"] != wire.sent[3].headers["signature-input"]


def test_a_peer_that_can_not_be_reached_is_left_alone_and_tried_again_later_and_later(city):
    wire = Wire(*[Unreachable("connect", "refused")] * 9)
    outbox = an_outbox(city, wire)
    waits = []
    for _ in range(9):
        outbox.deliver(ACTIVE)
        attempt = city.cities.attempts[-1][1]
        waits.append((attempt.next_at - city.clock()) / timedelta(minutes=1))
        city.clock.at = attempt.next_at

    assert names(wire) == ["1"] * 9
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert outbox.deliver(ACTIVE) == 3


@pytest.mark.parametrize("status", [425, 500])
def test_what_is_about_one_activity_holds_back_its_own_object_only(city, status):
    send(city, "4", object_id="https://here.example/o/1")
    wire = Wire(Answer(status, {}))

    assert an_outbox(city, wire).deliver(ACTIVE) == 2
    assert names(wire) == ["1", "2", "3"]


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
def test_a_peer_that_is_busy_is_left_alone(city, status):
    wire = Wire(Answer(status, {"retry-after": "300"}))

    assert an_outbox(city, wire).deliver(ACTIVE) == 0
    assert city.cities.attempts[-1][1].next_at == city.clock() + timedelta(minutes=5)
    assert due(city) == []


@pytest.mark.parametrize("status", [301, 307, 400, 401, 403, 404, 413])
def test_what_is_refused_for_good_goes_to_the_dead_letters_and_the_rest_arrives(city, status):
    wire = Wire(Answer(status, {}, b'{"title": "schema"}'))

    assert an_outbox(city, wire).deliver(ACTIVE) == 2
    attempt = city.cities.attempts[0][1]
    assert (attempt.outcome, attempt.status, attempt.error) == (Outcome.DEAD, status, "schema")


def test_what_is_refused_because_of_the_peering_waits_for_it(city):
    wire = Wire(Answer(403, {}, b'{"title": "not_peered"}'))
    outbox = an_outbox(city, wire)

    assert outbox.deliver(ACTIVE) == 0
    city.clock.pass_(minutes=1)
    assert outbox.deliver(ACTIVE) == 3
    assert names(wire) == ["1", "1", "2", "3"]


def test_a_city_whose_peering_ended_is_told_once(city):
    wire = Wire(Answer(403, {}, b'{"title": "not_peered"}'))

    an_outbox(city, wire).deliver(replace(ACTIVE, state=PeerState.ENDED))

    assert city.cities.attempts[0][1].outcome is Outcome.DEAD


def test_a_peer_that_is_gone_gets_nothing_more(city):
    wire = Wire(Answer(410, {}))

    assert an_outbox(city, wire).deliver(ACTIVE) == 0
    city.clock.pass_(days=100)
    assert (names(wire), due(city)) == (["1"], [])


CAPTIVE = Answer(200, {"content-type": "text/html"}, b"<html>Please accept our terms.</html>")
UNSIGNED = [
    (CAPTIVE, "answer_unsigned"),
    (Answer(202, {}), "answer_unsigned"),
    (Answer(204, {}), "answer_unsigned"),
    (Answer(302, {"location": "https://login.example/"}), "answer_unsigned"),
    (Answer(400, {}), "answer_unsigned"),
    (Answer(401, {}, b'{"title": "unknown_key"}'), "unknown_key"),
    (Answer(401, {}, b'{"title": "window"}'), "window"),
    (Answer(401, {}, b"<html>Proxy</html>"), "answer_unsigned"),
    (Answer(403, {}, b'{"title": "level"}'), "answer_unsigned"),
    (Answer(404, {}, b'{"title": "not_found"}'), "answer_unsigned"),
    (Answer(410, {}), "answer_unsigned"),
    (Answer(413, {}, b'{"title": "size"}'), "size"),
    (Answer(429, {}, b'{"title": "rate"}'), "rate"),
    (Answer(500, {}), "http_500"),
    (Answer(502, {}, b"<html>Bad gateway</html>"), "http_502"),
]


@pytest.mark.parametrize(("answer", "error"), UNSIGNED, ids=lambda value: getattr(value, "status", value))
def test_an_answer_that_the_peer_did_not_sign_settles_nothing(city, answer, error):
    wire = Wire(*[answer] * 3, signs=False)
    outbox = an_outbox(city, wire)

    assert outbox.deliver(ACTIVE) == 0
    attempt = city.cities.attempts[0][1]
    assert (attempt.outcome, attempt.status, attempt.error) == (Outcome.RETRY, answer.status, error)
    wire.answers, wire.signs = [], True
    city.clock.pass_(minutes=1)
    assert outbox.deliver(ACTIVE) == 3


def test_what_the_wire_turns_into_a_yes_is_not_taken_for_one(city):
    class Altered(Wire):
        def send(self, request):
            return replace(super().send(request), status=202)

    wire = Altered(Answer(403, {}, b'{"title": "level"}'))

    assert an_outbox(city, wire).deliver(ACTIVE) == 0
    attempt = city.cities.attempts[0][1]
    assert (attempt.outcome, attempt.error) == (Outcome.RETRY, "answer_signature")


def test_an_answer_that_comes_again_is_none(city):
    class Replaying(Wire):
        kept = None

        def send(self, request):
            self.kept = self.kept or super().send(request)
            return self.kept

    assert an_outbox(city, Replaying()).deliver(ACTIVE) == 1
    assert [attempt.error for _, attempt in city.cities.attempts] == [None, "answer_signature"]


class Slow(Wire):
    """A peer that takes its time for each answer; `seen` is what was still due when it was asked."""

    def __init__(self, city, **passes):
        super().__init__()
        self.city, self.passes, self.seen = city, passes, []

    def send(self, request):
        self.seen.append(due(self.city))
        self.city.clock.pass_(**self.passes)
        return super().send(request)


def test_what_arrived_is_written_down_for_many_at_once(city):
    wire = Slow(city, seconds=0.1)

    assert an_outbox(city, wire).deliver(ACTIVE) == 3
    assert (wire.seen, due(city)) == ([["1", "2", "3"]] * 3, [])


def test_what_arrived_at_a_slow_peer_is_written_down_after_a_second(city):
    wire = Slow(city, seconds=1)

    assert an_outbox(city, wire).deliver(ACTIVE) == 3
    assert (wire.seen, due(city)) == ([["1", "2", "3"]] * 2 + [["3"]], [])


@pytest.mark.parametrize("end", [Answer(500, {}), Answer(400, {}), Answer(410, {}), Unreachable("connect", "refused")])
def test_what_arrived_is_written_down_before_what_did_not(city, end):
    an_outbox(city, Wire(Answer(202, {}), end)).deliver(ACTIVE)

    assert [activity_id[-1] for activity_id, _ in city.cities.attempts][:2] == ["1", "2"]


def test_what_arrived_is_written_down_when_the_next_one_breaks(city):
    with pytest.raises(ZeroDivisionError):
        an_outbox(city, Wire(Answer(202, {}), ZeroDivisionError())).deliver(ACTIVE)

    assert due(city) == ["2", "3"]


def waiting(city, *, limit=50):
    return city.deliveries.due(PEER, at=city.clock(), limit=limit)


def test_whoever_hurries_asks_the_quick_way_and_keeps_what_arrived(city):
    wire, quick = Wire(), Wire()
    handed = an_outbox(city, wire, quick).hurry(ACTIVE, waiting(city))

    assert (handed.arrived, handed.slow) == (3, False)
    assert (names(wire), names(quick), due(city)) == ([], ["1", "2", "3"], [])


def test_a_peer_too_slow_for_who_hurries_is_left_to_patience_as_if_it_was_not_tried(city):
    wire, quick = Wire(), Wire(Answer(202, {}), Unreachable("timeout", "slow"))
    outbox = an_outbox(city, wire, quick)
    handed = outbox.hurry(ACTIVE, waiting(city))

    assert (handed.arrived, handed.slow) == (1, True)
    assert [attempt.outcome for _, attempt in city.cities.attempts] == [Outcome.DONE]
    assert outbox.deliver(ACTIVE) == 2
    assert names(wire) == ["2", "3"]


def test_a_peer_that_can_not_be_reached_in_a_hurry_waits_like_any(city):
    handed = an_outbox(city, Wire(), Wire(Unreachable("connect", "refused"))).hurry(ACTIVE, waiting(city))

    assert (handed.arrived, handed.slow) == (0, False)
    assert city.cities.attempts[-1][1].next_at == city.clock() + timedelta(minutes=1)


def test_a_slow_answer_is_final_where_nobody_hurries(city):
    outbox = an_outbox(city, Wire(Unreachable("timeout", "slow")))

    assert outbox.hurry(ACTIVE, waiting(city)).slow is False
    assert due(city) == []


def test_when_we_end_what_has_begun_is_finished_and_no_more_begun(city):
    wire = Wire()
    outbox = an_outbox(city, wire)

    assert outbox.deliver(ACTIVE, going=lambda: len(wire.sent) < 2) == 2
    assert (names(wire), due(city)) == (["1", "2"], ["3"])


@pytest.mark.parametrize(
    ("wire", "proved"),
    [
        (Wire(Answer(503, {})), True),
        (Wire(Answer(503, {}), signs=False), False),
        (Wire(Unreachable("connect", "refused")), False),
    ],
)
def test_only_what_the_peer_signed_counts_as_an_answer_of_its_own(wire, proved):
    city = City()
    knows(city, ACTIVE)
    send(city, "1")
    an_outbox(city, wire).deliver(ACTIVE)

    assert city.cities.attempts[-1][1].proved is proved


AT = Time().at


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("120", timedelta(minutes=2)),
        ("0", timedelta()),
        ("", timedelta()),
        ("soon", timedelta()),
        ("-5", timedelta()),
        ("²", timedelta()),
        ("9" * 400, MAX_RETRY_AFTER),
        ("Mon, 02 Mar 2026 09:10:00 GMT", timedelta(minutes=10)),
        ("Mon, 02 Mar 2020 09:10:00 GMT", timedelta()),
        ("Mon, 02 Mar 9999 09:10:00 GMT", MAX_RETRY_AFTER),
        ("Mon, 99 Mar 2026 09:10:00 GMT", timedelta()),
    ],
)
def test_retry_after_is_obeyed_within_reason(text, wanted):
    assert retry_after({"retry-after": text}, at=AT) == wanted


@given(st.text(max_size=40))
def test_any_retry_after_is_between_nothing_and_a_day(text):
    assert timedelta() <= retry_after({"retry-after": text}, at=AT) <= MAX_RETRY_AFTER


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_waiting_is_never_longer_than_an_hour_and_a_fifth(attempts, chance):
    wait = Schedule().wait(attempts, chance=chance)

    assert timedelta(seconds=48) <= wait <= timedelta(minutes=72)


@given(st.integers(100, 599))
def test_every_status_means_one_thing(status):
    assert classify(status) in Outcome


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"title": "unknown_key"}', "unknown_key"),
        (b'{"title": "<script>"}', "http_400"),
        (b'{"title": 7}', "http_400"),
        (b'{"title": ""}', "http_400"),
        (b'["title"]', "http_400"),
        (b"{}", "http_400"),
        (b"\xff", "http_400"),
        (b"[" * 100_000, "http_400"),
        (b'{"title": "' + b"a" * 61 + b'"}', "http_400"),
    ],
)
def test_a_problem_is_shown_only_as_a_plain_code(body, code):
    assert problem_code(Answer(400, {}, body)) == code
