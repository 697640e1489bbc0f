# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import flask
import pytest

from federation.answers import sign_answer, verify_answer
from federation.digests import Digests
from federation.errors import Refused
from federation.feed import Pages
from federation.flask import create_blueprint
from federation.inbox import MEDIA_TYPE
from federation.invitations import City as Facts
from federation.keys import fingerprint
from federation.memory_feed import OwnLog, Shelves
from federation.peering import Peering
from federation.ports import Answer, Level, PeerState, Request
from federation.signing import claimed_key_id, sign_request
from federation.strict_json import MAX_BODY, dumps
from tests.federation.peer_cities import HERE, OTHER, PEER, City, a_create, a_key, a_post, unsigned

KEY = a_key()
OPEN, PRIVATE, GONE, NEVER, PERSON = (f"/o/00000000-0000-4000-8000-00000000000{digit}" for digit in range(5))
PERSON = PERSON.replace("/o/", "/m/")


class Library:
    """Documents by path: one for everybody, one for peers, one deleted."""

    def __init__(self, facts):
        self.facts = facts

    def actor(self):
        return self.facts.document()

    def find(self, path, *, peer):
        documents = {
            OPEN: {"type": "Event", "id": f"{HERE}{path}"},
            PERSON: {"type": "Person", "id": f"{HERE}{path}"},
            PRIVATE: {"type": "Event", "id": f"{HERE}{path}"} if peer else None,
            GONE: {"type": "Tombstone", "id": f"{HERE}{path}"},
        }
        return documents.get(path)

    def page(self, path):
        return "/meetings/desksharing" if path == OPEN else None


@pytest.fixture
def city():
    city = City()
    city.know(KEY)
    return city


@pytest.fixture
def client(city):
    key = city.own_key = a_key(HERE)
    city.own_log = OwnLog(HERE)
    facts = Facts(HERE, "Musterstadt", {key.key_id: key.public})
    city.peering = Peering(
        city=facts,
        key=key,
        peers=city.peers,
        invitations=city.invitations,
        transport=None,
        limit=city.limit,
        events=city.events,
        clock=city.clock,
    )
    app = flask.Flask(__name__)
    app.register_blueprint(
        create_blueprint(
            origin=HERE,
            inbox=city.inbox,
            peering=city.peering,
            documents=Library(facts),
            feed=Pages(city.own_log),
            digests=Digests(Shelves()),
            sign=lambda answer, request: sign_answer(answer, request=request, key=key, at=city.clock()),
        )
    )
    return app.test_client()


def send(client, request, **changes):
    parts = urlsplit(request.url)
    headers = {name: value for name, value in request.headers.items() if name != "host"}
    return client.open(
        f"{parts.path}?{parts.query}" if parts.query else parts.path,
        base_url=str(HERE),
        method=request.method,
        headers={**headers, **changes},
        data=request.body,
    )


def by_peer(city, path, *, key=KEY, accept=MEDIA_TYPE):
    request = Request("GET", f"{HERE}{path}", {"host": "city-a.example", "accept": accept})
    return sign_request(request, key=key, at=city.clock())


ANSWERED_TO_PEERS = {
    "taken": (lambda city: a_post(a_create(), KEY, at=city.clock()), 202),
    "a peering that ended": (lambda city: city.know(KEY, state=PeerState.ENDED) or by_peer(city, OPEN), 403),
    "too low a level": (
        lambda city: city.know(KEY, level_in=Level.PUBLIC) or a_post(a_create(), KEY, at=city.clock()),
        403,
    ),
    "of another origin": (lambda city: a_post(a_create(HERE), KEY, at=city.clock()), 403),
    "not an activity": (lambda city: a_post({}, KEY, at=city.clock()), 400),
    "a document": (lambda city: by_peer(city, PRIVATE), 200),
    "a person": (lambda city: by_peer(city, PERSON), 200),
    "deleted": (lambda city: by_peer(city, GONE), 410),
    "not there": (lambda city: by_peer(city, NEVER), 404),
}


@pytest.mark.parametrize("name", ANSWERED_TO_PEERS)
def test_what_is_answered_to_a_peer_is_signed(client, city, name):
    make, status = ANSWERED_TO_PEERS[name]
    request = make(city)

    reply = send(client, request)

    assert reply.status_code == status
    assert signer_of(reply, request, city) == f"{HERE}/actor#peer-1"


def signer_of(reply, request, city):
    """Verify an answer as the city that asked would; name the key."""
    answer = Answer(reply.status_code, {name.lower(): value for name, value in reply.headers}, reply.data)
    key_id = claimed_key_id(answer.headers)
    key = city.own_key
    return verify_answer(answer, request=request, public_key=key.public, key_id=key_id, at=city.clock()).key_id


ANSWERED_TO_STRANGERS = {
    "another's key": (lambda city: a_post(a_create(), a_key(), at=city.clock()), 401),
    "an unknown key": (lambda city: a_post(a_create(OTHER), a_key(OTHER), at=city.clock()), 401),
    "another body": (lambda city: replace(a_post(a_create(), KEY, at=city.clock()), body=b"{}"), 401),
    "an old request": (lambda city: a_post(a_create(), KEY, at=city.clock() - timedelta(minutes=5)), 401),
    "no signature": (lambda city: unsigned(b"{}"), 401),
    "no json": (lambda city: a_post(b"x", KEY, at=city.clock()), 400),
    "too large": (lambda city: a_post(b"x" * (MAX_BODY + 1), KEY, at=city.clock()), 413),
    "a stranger's offer": (lambda city: a_post({}, KEY, at=city.clock(), path="/peering"), 400),
    "what strangers may read": (lambda city: Request("GET", f"{HERE}{OPEN}", {"accept": MEDIA_TYPE}), 200),
    "what they may not": (lambda city: Request("GET", f"{HERE}{PRIVATE}", {"accept": MEDIA_TYPE}), 404),
    "the city": (lambda city: by_peer(city, "/actor"), 200),
    "a page": (lambda city: by_peer(city, OPEN, accept="text/html"), 303),
}


@pytest.mark.parametrize("name", ANSWERED_TO_STRANGERS)
def test_what_is_answered_before_a_peer_is_proved_is_not_signed(client, city, name):
    make, status = ANSWERED_TO_STRANGERS[name]

    reply = send(client, make(city))

    assert reply.status_code == status
    assert {"signature", "signature-input", "content-digest"}.isdisjoint(name.lower() for name, _ in reply.headers)


def test_a_signed_activity_is_taken(client, city):
    answer = send(client, a_post(a_create(), KEY, at=city.clock()))

    assert (answer.status_code, answer.data) == (202, b"")
    assert len(city.intake.waiting(10)) == 1


def test_the_query_is_part_of_what_was_signed(client, city):
    request = a_post(a_create(), KEY, at=city.clock(), path="/inbox?x=%C3%A4&y")

    assert send(client, request).status_code == 202
    assert send(client, replace(request, url=f"{HERE}/inbox?x=1")).status_code == 401


def test_the_path_is_taken_as_it_was_asked_for(client, city):
    request = a_post(a_create(), KEY, at=city.clock())

    answer = client.post(
        base_url=str(HERE),
        headers={name: value for name, value in request.headers.items() if name != "host"},
        data=request.body,
        environ_overrides={"PATH_INFO": "//inbox"},
    )

    assert answer.status_code == 401


def test_a_refusal_is_a_problem_document(client, city):
    answer = send(client, a_post(a_create(), a_key(), at=city.clock()))

    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
    assert answer.json == {
        "type": "urn:cop-fed:signature",
        "title": "signature",
        "status": 401,
        "detail": "does not verify",
    }


def test_who_sends_too_much_is_told_when_to_come_back(client, city):
    city.limit._allowed["peer"] = 0

    answer = send(client, a_post(a_create(), KEY, at=city.clock()))

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"x" * (MAX_BODY + 1), {}, 413),
        (b"{}", {"transfer-encoding": "chunked"}, 400),
        (b"{}", {"content-type": "text/plain"}, 415),
        (b"[" * 10_000, {}, 400),
        (b"\xff", {}, 400),
    ],
)
def test_bad_input_is_answered_with_what_was_wrong(client, city, body, headers, status):
    answer = send(client, a_post(body, KEY, at=city.clock()), **headers)

    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert list(city.intake.waiting(10)) == []


def test_a_body_longer_than_it_says_is_not_read(client):
    class Endless:
        read_bytes = 0

        def read(self, size=-1):
            self.read_bytes += size
            return b"x" * size

        readline = read

    stream = Endless()
    environ = {"wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    answer = client.post(
        "/inbox", base_url=str(HERE), environ_overrides=environ | {"wsgi.input": stream}, content_type=MEDIA_TYPE
    )

    assert answer.status_code == 413, answer.data
    assert stream.read_bytes < 2 * MAX_BODY


def test_an_offer_of_a_peering_is_taken(client, city):
    city.cities._peers.clear()
    invitation = city.peering.invite()
    there = City(origin=PEER)
    peering = Peering(
        city=Facts(PEER, "Andernorts", {KEY.key_id: KEY.public}),
        key=KEY,
        peers=there.peers,
        invitations=there.invitations,
        transport=None,
        limit=there.limit,
        events=there.events,
        clock=there.clock,
    )
    document = peering._offer_document(invitation, f"{PEER}/a/offer")

    answer = send(client, a_post(document, KEY, at=city.clock(), path="/peering"))

    assert (answer.status_code, city.peers.get(PEER).state) == (202, PeerState.ASKED)


def test_the_actor_shows_the_keys_to_everybody(client):
    answer = client.get("/actor", base_url=str(HERE))

    assert (answer.status_code, answer.content_type) == (200, MEDIA_TYPE)
    document = json.loads(answer.data)
    assert (document["type"], document["id"]) == ("Application", f"{HERE}/actor")
    assert len(document["assertionMethod"]) == 1
    assert fingerprint(bytes(32)) not in answer.text


@pytest.mark.parametrize(
    ("path", "stranger", "peer"),
    [(OPEN, 200, 200), (PRIVATE, 404, 200), (GONE, 410, 410), (NEVER, 404, 404), (PERSON, 200, 200)],
)
def test_a_document_is_shown_to_whom_it_may_be_shown(client, city, path, stranger, peer):
    anonymous = client.get(path, base_url=str(HERE), headers={"accept": MEDIA_TYPE})
    known = send(client, by_peer(city, path))

    assert (anonymous.status_code, known.status_code) == (stranger, peer)


def test_a_wrong_signature_is_not_taken_for_a_stranger(client, city):
    assert send(client, by_peer(city, OPEN, key=a_key())).status_code == 401


def test_a_peer_without_a_level_reads_nothing_as_a_peer(client, city):
    city.know(KEY, level_out=Level.BLOCKED)

    assert send(client, by_peer(city, PRIVATE)).status_code == 403


@pytest.mark.parametrize("accept", ["text/html,application/xhtml+xml,*/*;q=0.8", "*/*", None])
def test_people_are_led_to_the_page(client, accept):
    headers = {"accept": accept} if accept else {}

    answer = client.get(OPEN, base_url=str(HERE), headers=headers)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/meetings/desksharing")
    assert client.get(NEVER, base_url=str(HERE), headers=headers).status_code == 404


def test_what_is_no_id_of_ours_is_not_found(client):
    assert client.get("/o/1", base_url=str(HERE)).status_code == 404


def test_a_policy_is_put_on_every_endpoint(city, client):
    marked = []

    def policy(view):
        marked.append(view.__name__)
        return view

    parts = {"inbox": city.inbox, "peering": city.peering, "documents": None, "sign": None}
    parts |= {"feed": Pages(city.own_log), "digests": Digests(Shelves())}
    create_blueprint(origin=HERE, **parts, policy=policy)

    assert sorted(marked) == [
        "receive",
        "receive_offer",
        "show_actor",
        "show_changes",
        "show_digest",
        "show_object",
        "show_person",
        "show_snapshot",
    ]


def a_get(city, path, key=KEY):
    request = Request("GET", f"{HERE}{path}", {"accept": MEDIA_TYPE, "host": HERE.partition("://")[2]})
    return sign_request(request, key=key, at=city.clock())


def test_a_peer_reads_what_was_said_to_it_in_a_signed_answer(client, city):
    city.own_log.say(a_create(HERE), to=[PEER])
    request = a_get(city, "/changes?since=0&limit=5")

    answer = send(client, request)

    signed = Answer(answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, answer.data)
    key = city.own_key
    assert verify_answer(signed, request=request, public_key=key.public, key_id=key.key_id, at=city.clock())
    assert answer.json["items"][0]["activity"] == a_create(HERE)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/changes?limit=0", 400),
        ("/changes?since=1&epoch=x&hash=" + "00" * 32, 410),
        ("/snapshot", 200),
        ("/digest", 200),
    ],
)
def test_what_a_peer_may_not_ask_is_refused_in_a_signed_answer(client, city, path, status):
    answer = send(client, a_get(city, path))

    assert (answer.status_code, "Signature" in answer.headers) == (status, True)


@pytest.mark.parametrize("path", ["/changes", "/snapshot", "/digest"])
def test_strangers_read_nothing(client, city, path):
    assert client.get(path, headers={"host": HERE.partition("://")[2]}).status_code == 401
    assert send(client, a_get(city, path, a_key(PEER, "peer-9"))).status_code == 401


def test_a_store_that_is_full_says_when_to_come_back(client, city, monkeypatch):
    def full(arrival):
        raise Refused("degraded", "nothing can be stored now", 503, retry_after=30)

    monkeypatch.setattr(city.intake, "keep", full)

    answer = send(client, a_post(a_create(), KEY, at=city.clock()))

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")


def test_what_was_written_can_be_read_by_a_peer(client, city):
    assert send(client, by_peer(city, OPEN)).data == dumps({"type": "Event", "id": f"{HERE}{OPEN}"})
