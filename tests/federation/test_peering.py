# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
import base64
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation import strict_json
from federation.activities import Received, VerifiedActivity, parse_activity
from federation.calling import Caller
from federation.errors import Refused, Unreachable
from federation.invitations import City as Facts
from federation.invitations import Invitation, read_city, read_invitation
from federation.keys import fingerprint, to_multibase
from federation.outbox import Outbox
from federation.peering import Peering, farewell
from federation.ports import Answer, Level, Peer, PeerState
from federation.router import Router
from tests.federation.peer_cities import HERE, PEER, City, a_create, a_key, a_post, answered, unsigned


class Wire:
    """Two cities on one wire: what one sends the other receives, with the status its endpoints would answer."""

    def __init__(self):
        self.cities = {}
        self.requests = []
        self.down = False
        self.tampered = lambda answer: answer

    def send(self, request):
        self.requests.append(request)
        if self.down:
            raise Unreachable("connect", "refused")
        origin, path = request.url[: request.url.index("/", 8)], request.url[request.url.index("/", 8) :]
        city = self.cities[origin]
        if path == "/actor":
            return Answer(200, {}, strict_json.dumps(city.actor))
        headers = {**request.headers, "host": origin.partition("://")[2]}
        take = {"/peering": city.peering.receive, "/inbox": city.inbox.receive}[path]
        try:
            take(replace(request, headers=headers, address="192.0.2.7"))
        except Refused as refusal:
            answer = Answer(refusal.status, {}, strict_json.dumps(refusal.problem))
            return answered(answer, request, city.key, at=city.clock()) if refusal.proved else answer
        return self.tampered(answered(Answer(202, {}), request, city.key, at=city.clock()))


def a_city(wire, origin, name):
    city = City(origin=origin)
    city.key = a_key(origin)
    facts = Facts(origin, name, {city.key.key_id: city.key.public})
    city.actor = facts.document()
    city.peering = Peering(
        city=facts,
        key=city.key,
        peers=city.peers,
        invitations=city.invitations,
        transport=wire,
        limit=city.limit,
        events=city.events,
        clock=city.clock,
    )
    wire.cities[origin] = city
    return city


@pytest.fixture
def wire():
    return Wire()


@pytest.fixture
def a(wire):
    return a_city(wire, HERE, "Musterstadt")


@pytest.fixture
def b(wire):
    return a_city(wire, PEER, "Andernorts")


def offer(b, invitation):
    b.peering.offer(invitation, b.peering.look(invitation), level_in=Level.WORK, level_out=Level.READ)


def refusal_of(call, *arguments, **named):
    with pytest.raises(Refused) as refusal:
        call(*arguments, **named)
    return refusal.value.code, refusal.value.status


def deliver(city, to):
    """Post what is due, and let the other side handle it."""
    router = Router()
    router.on("Accept")(to.peering.accepted)
    wire = city.peering._transport
    caller = Caller(key=city.key, peers=city.peers, transport=wire, clock=city.clock)
    outbox = Outbox(deliveries=city.deliveries, caller=caller, clock=city.clock)
    arrived = sum(outbox.deliver(peer) for peer in city.deliveries.peers_due(at=city.clock()))
    to.inbox.process(router)
    return arrived


def test_two_cities_become_peers_when_both_administrators_agreed(a, b):
    invitation = read_invitation(a.peering.invite().text())

    seen = b.peering.look(invitation)
    assert (seen.name, seen.origin, seen.fingerprints) == ("Musterstadt", HERE, [fingerprint(a.key.public)])
    offer(b, invitation)
    assert (b.peers.get(HERE).state, a.peers.get(PEER).state) == (PeerState.OFFERED, PeerState.ASKED)
    a.peering.accept(PEER, level_in=Level.WORK, level_out=Level.WORK)
    assert deliver(a, to=b) == 1

    here, there = a.peers.get(PEER), b.peers.get(HERE)
    assert (here.state, here.level_in, here.level_out) == (PeerState.ACTIVE, Level.WORK, Level.WORK)
    assert (there.state, there.level_in, there.level_out) == (PeerState.ACTIVE, Level.WORK, Level.READ)
    assert a.peers.key(b.key.key_id, at=a.clock()).public_key == b.key.public
    assert b.peers.key(a.key.key_id, at=b.clock()).public_key == a.key.public
    assert (a.events.codes, b.events.codes) == ([], [])


def test_the_answer_that_comes_twice_changes_nothing_more(a, b):
    offer(b, a.peering.invite())
    a.peering.accept(PEER, level_in=Level.WORK, level_out=Level.WORK)
    deliver(a, to=b)
    b.peers.settle(replace(b.peers.get(HERE), level_in=Level.READ))
    again = VerifiedActivity(Received(HERE, a.key.key_id, parse_activity(a.log.log[0])))

    assert b.peering.accepted(again).level_in is Level.READ
    assert b.peering.accepted(replace(again, sender="https://stranger.example")) is None
    other = replace(again, activity=replace(again.activity, object_id=f"{PEER}/a/other"))
    assert b.peering.accepted(other) is None


def test_a_rejection_ends_what_was_offered(a, b):
    offer(b, a.peering.invite())
    document = {**a_create(HERE), "type": "Reject", "object": b.peers.get(HERE).offer_id}

    settled = b.peering.accepted(VerifiedActivity(Received(HERE, a.key.key_id, parse_activity(document))))

    assert settled.state is PeerState.ENDED


@pytest.mark.parametrize("ends", [HERE, PEER])
def test_either_city_can_end_what_it_agreed_to(a, b, ends):
    offer(b, a.peering.invite())
    a.peering.accept(PEER, level_in=Level.WORK, level_out=Level.WORK)
    deliver(a, to=b)
    here, there = (a, b) if ends == HERE else (b, a)
    other = PEER if ends == HERE else HERE
    said = parse_activity(farewell(here.peers.get(other), by=ends))
    verified = VerifiedActivity(Received(ends, here.key.key_id, said))

    take = there.peering.undone if said.type == "Undo" else there.peering.accepted
    settled = take(verified)

    assert (said.type, said.object_id) == ("Undo" if ends == PEER else "Reject", here.peers.get(other).offer_id)
    assert (settled.state, settled.level_in, settled.level_out) == (PeerState.ENDED, 0, 0)
    assert there.peers.get(ends) == settled
    assert take(verified) == settled
    assert take(replace(verified, sender="https://stranger.example")) is None


def test_an_offer_whose_answer_was_lost_can_be_sent_again(a, b, wire):
    invitation = a.peering.invite()
    city = b.peering.look(invitation)
    wire.down = True
    with pytest.raises(Unreachable):
        b.peering.offer(invitation, city, level_in=Level.WORK, level_out=Level.WORK)
    wire.down = False
    offer(b, invitation)
    offer(b, invitation)

    assert a.peers.get(PEER).offer_id == b.peers.get(HERE).offer_id
    assert [request.url for request in wire.requests].count(f"{HERE}/peering") == 3


@pytest.mark.parametrize("headers", [{}, {"signature": "sig1=:x:"}])
def test_an_offer_whose_answer_is_not_signed_may_not_have_arrived(a, b, wire, headers):
    wire.tampered = lambda answer: replace(answer, headers=headers)

    with pytest.raises(Unreachable) as fault:
        offer(b, a.peering.invite())

    assert fault.value.code == ("answer_signature" if headers else "answer_unsigned")


def test_both_cities_keep_which_versions_the_other_speaks(a, b):
    a.actor["cop:versions"] = ["cop-fed/1", "cop-fed/7"]
    offer(b, a.peering.invite())

    assert (b.peers.get(HERE).majors, a.peers.get(PEER).majors) == ((1, 7), (1,))


def test_a_city_of_which_we_speak_no_version_is_not_offered_anything(a, b, wire):
    a.actor["cop:versions"] = ["cop-fed/7"]

    assert refusal_of(b.peering.look, a.peering.invite()) == ("version", 403)


def test_an_offer_can_be_turned_down(a, b):
    offer(b, a.peering.invite())

    assert a.peering.reject(PEER).state is PeerState.ENDED
    assert refusal_of(a.peering.accept, PEER, level_in=Level.WORK, level_out=Level.WORK) == ("not_asked", 403)
    assert refusal_of(a.peering.reject, "https://stranger.example") == ("not_asked", 403)


def test_an_invitation_works_once_and_for_seven_days(a, b, wire):
    invitation, late = a.peering.invite(), a.peering.invite()
    offer(b, invitation)
    c = a_city(wire, "https://peer-c.example", "Drittstadt")

    assert refusal_of(offer, c, invitation) == ("offer_refused", 403)
    for city in (a, b, c):
        city.clock.pass_(days=7)
    assert refusal_of(offer, c, late) == ("offer_refused", 403)
    assert a.events.codes == ["peering_invitation", "peering_invitation"]
    assert a.peers.get("https://peer-c.example") is None


def test_of_two_offers_at_once_one_uses_the_invitation(a, b, monkeypatch):
    invitation = a.peering.invite()
    monkeypatch.setattr(a.invitations, "use", lambda *arguments, **named: False)

    assert refusal_of(offer, b, invitation) == ("offer_refused", 403)


def test_a_city_that_is_a_peer_can_not_be_offered_again(a, b):
    first, second = a.peering.invite(), a.peering.invite()
    offer(b, first)
    a.peers.settle(replace(a.peers.get(PEER), offer_id=f"{PEER}/a/another"))
    assert refusal_of(offer, b, second) == ("offer_refused", 403)
    b.peers.settle(replace(b.peers.get(HERE), state=PeerState.ACTIVE))
    assert refusal_of(offer, b, second) == ("already_peered", 403)


def test_a_city_with_another_key_than_the_invitation_names_is_refused(a, b):
    invitation = replace(a.peering.invite(), fingerprint=fingerprint(b.key.public))

    assert refusal_of(b.peering.look, invitation) == ("fingerprint", 403)


def test_a_city_that_describes_another_is_refused(a, b):
    invitation = a.peering.invite()
    a.actor = {**a.actor, "id": f"{PEER}/actor"}

    assert refusal_of(b.peering.look, invitation) == ("origin", 403)


def test_a_city_that_does_not_answer_properly_is_unreachable(a, b, monkeypatch):
    monkeypatch.setattr(b.peering._transport, "send", lambda request: Answer(302, {"location": "http://10.0.0.1/"}))

    with pytest.raises(Unreachable):
        b.peering.look(a.peering.invite())


def test_offers_of_strangers_are_slowed_down(a):
    for _ in range(60):
        a.limit.count("refused:192.0.2.7")

    assert refusal_of(a.peering.receive, unsigned(b"{}", path="/peering")) == ("rate", 429)


def an_offer(a, b, **changes):
    invitation = a.peering.invite()
    document = dict(b.peering._offer_document(invitation, f"{PEER}/a/offer"))
    document["object"] = {**document["object"], **changes.pop("object", {})}
    return {**document, **changes}


def a_method(**changes):
    key = a_key()
    return {"id": key.key_id, "publicKeyMultibase": to_multibase(key.public), **changes}


OFFERS = [
    ({"actor": f"{PEER}/m/1"}, "origin", 403),
    ({"actor": f"{HERE}/actor"}, "origin", 403),
    ({"actor": "http://127.0.0.1/actor"}, "origin", 403),
    ({"actor": "https://peer-c.example/actor"}, "origin", 403),
    ({"id": "https://peer-c.example/a/1"}, "origin", 403),
    ({"target": "https://peer-c.example/actor"}, "origin", 403),
    ({"object": {"cop:proof": "0" * 64}}, "invitation", 401),
    ({"object": {"cop:proof": None}}, "invitation", 401),
    ({"object": {"cop:proof": "é"}}, "invitation", 401),
    ({"object": {"name": "Elsewhere"}}, None, 0),
    ({"object": {"name": ""}}, "shape", 400),
    ({"object": {"name": "a\u202eb"}}, "shape", 400),
    ({"object": {"name": "a" * 101}}, "shape", 400),
    ({"object": {"assertionMethod": []}}, "shape", 400),
    ({"object": {"assertionMethod": [{}] * 10}}, "shape", 400),
    ({"object": {"assertionMethod": [a_method(id=f"{PEER}/actor#main-key")]}}, "key", 400),
    ({"object": {"assertionMethod": ["key"]}}, "key", 400),
    ({"object": {"assertionMethod": [a_method(id="no")]}}, "key", 400),
    ({"object": {"assertionMethod": [a_method(id="https://peer-c.example/actor#peer-1")]}}, "origin", 403),
    ({"object": {"assertionMethod": [a_method(publicKeyMultibase="zRSA")]}}, "key", 400),
    ({"object": {"assertionMethod": [a_method()]}}, "signature", 401),
    ({"object": {"assertionMethod": [a_method(id=f"{PEER}/actor#peer-2")]}}, "unknown_key", 401),
]


@pytest.mark.parametrize(("changes", "code", "status"), OFFERS, ids=range(len(OFFERS)))
def test_an_offer_that_is_not_proved_is_refused(a, b, changes, code, status):
    document = an_offer(a, b, **changes)
    request = a_post(document, b.key, at=a.clock(), path="/peering")
    if code is None:
        assert a.peering.receive(request).state is PeerState.ASKED
        return

    assert refusal_of(a.peering.receive, request) == (code, status)
    assert a.peers.get(PEER) is None
    assert a.events.codes == [f"peering_{code}"]


def test_the_same_keys_under_another_id_do_not_pass_with_the_proof(a, b):
    """The proof binds the token to the keys: who sees the offer can't put in a key of theirs."""
    stranger = a_key(name="peer-1")
    methods = [{"id": stranger.key_id, "publicKeyMultibase": to_multibase(stranger.public)}]
    document = an_offer(a, b, object={"assertionMethod": methods})

    assert refusal_of(a.peering.receive, a_post(document, stranger, at=a.clock(), path="/peering")) == (
        "invitation",
        401,
    )


def test_a_peering_that_ended_begins_anew_with_another_invitation(a, b):
    old = a_key(name="peer-0")
    a.peers.add(Peer(PEER, PeerState.ENDED), name="Andernorts", keys={old.key_id: old.public})
    b.peers.add(Peer(HERE, PeerState.ENDED, offer_id=f"{PEER}/a/old"), name="Musterstadt", keys={})

    offer(b, a.peering.invite())

    assert (a.peers.get(PEER).state, b.peers.get(HERE).state) == (PeerState.ASKED, PeerState.OFFERED)
    assert a.peers.get(PEER).offer_id == b.peers.get(HERE).offer_id != f"{PEER}/a/old"
    assert a.peers.key(old.key_id, at=a.clock()) is None


@given(st.binary(min_size=32, max_size=32), st.sampled_from(["", "\n", " ", "\r\n"]))
def test_an_invitation_survives_being_pasted(token, gap):
    invitation = Invitation(HERE, token, fingerprint(token))
    text = gap.join(invitation.text()[start : start + 40] for start in range(0, len(invitation.text()), 40))

    assert read_invitation(f" {text}\n") == invitation


def packed(**content):
    return "copfed1." + base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


TOKEN = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "copfed1.",
        "copfed1.!!!",
        "copfed1.e30",
        "copfed1.W10",
        Invitation(HERE, bytes(32), "f").text()[:-10],
        packed(origin="https://10.0.0.1", token=TOKEN, fingerprint="f"),
        packed(origin=str(HERE), token="AAAA", fingerprint="f"),
        packed(origin=str(HERE), token=7, fingerprint="f"),
        packed(origin=str(HERE), token=TOKEN),
    ],
)
def test_what_is_no_invitation_is_refused(text):
    assert refusal_of(read_invitation, text) == ("invitation", 400)


def test_what_is_no_actor_is_refused():
    assert refusal_of(read_city, ["actor"], origin=PEER) == ("shape", 400)
