# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A receiving city in memory and a well-behaved peer, for the tests of federation."""

from dataclasses import replace

import pytest

from federation import keys, strict_json
from federation.activities import build_activity
from federation.answers import sign_answer
from federation.errors import Refused
from federation.inbox import MEDIA_TYPE, Inbox
from federation.memory import Arrivals, Cities, Events, Holdings, MinuteLimit, OurInvitations, Time
from federation.origins import Origin
from federation.ports import Level, Peer, PeerState, Request
from federation.signing import sign_request

HERE = Origin("https://city-a.example")
PEER = Origin("https://peer-b.example")
OTHER = Origin("https://peer-c.example")
OBJECT = f"{HERE}/o/known"


class City:
    """A city with every port in memory; `peer-b` and `peer-c` are its peers at level 3."""

    def __init__(self, *, origin=HERE, schema=lambda activity: {}):
        self.origin = origin
        self.clock = Time()
        self.cities = Cities(self.clock)
        self.peers = self.log = self.deliveries = self.cities
        self.invitations = OurInvitations(self.cities)
        self.transaction = self.cities.transaction
        self.intake = Arrivals(self.clock)
        self.known = Holdings(objects={OBJECT})
        self.limit = MinuteLimit(self.clock)
        self.events = Events()
        self.inbox = Inbox(
            origin=origin,
            peers=self.cities,
            intake=self.intake,
            known=self.known,
            limit=self.limit,
            events=self.events,
            clock=self.clock,
            schema=schema,
        )

    def know(self, key, origin=PEER, **changes):
        """Let this city know a peer by its key."""
        peer = replace(Peer(origin, PeerState.ACTIVE, Level.WORK, Level.WORK), **changes)
        self.cities.add(peer, name=str(origin), keys={key.key_id: key.public})

    def post(self, document, key, **changes):
        """Sign a document as a peer would, and receive it."""
        return self.inbox.receive(a_post(document, key, at=self.clock(), to=self.origin, **changes))


def a_key(origin=PEER, name="peer-1"):
    return keys.generate(f"{origin}/actor#{name}")


def a_create(origin=PEER, number="1", type_="Create", object_=None, **more):
    """Build the activity from which the refusals start."""
    object_ = {"type": "Event", "id": f"{origin}/o/{number}", "name": "Desksharing"} if object_ is None else object_
    return build_activity(type_, id_=f"{origin}/a/{number}", actor=f"{origin}/actor", object_=object_, **more)


def unsigned(body, *, to=HERE, path="/inbox"):
    headers = {"content-type": MEDIA_TYPE, "host": to.partition("://")[2]}
    return Request("POST", f"{to}{path}", headers, body, "192.0.2.7")


def a_post(document, key, *, at, to=HERE, path="/inbox"):
    body = document if isinstance(document, bytes) else strict_json.dumps(document)
    return sign_request(unsigned(body, to=to, path=path), key=key, at=at)


def answered(answer, request, key, *, at):
    """Sign an answer as the city that was asked would."""
    headers = {"content-type": MEDIA_TYPE, **answer.headers}
    return sign_answer(replace(answer, headers=headers), request=request, key=key, at=at)


def with_headers(request, **headers):
    """Change headers after signing; None takes one away."""
    changed = {**request.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return replace(request, headers={name: value for name, value in changed.items() if value is not None})


KEY, OTHER_KEY, STRANGER = a_key(), a_key(OTHER), a_key()
ACTOR = f"{PEER}/actor"
EVENT = f"{PEER}/o/1"


def a_city_with_peers():
    """A city that asked both peers something and got a like from the first."""
    city = City()
    city.know(KEY)
    city.know(OTHER_KEY, OTHER)
    city.known.sent_to = {(f"{HERE}/a/asked", PEER), (f"{HERE}/a/asked-c", OTHER)}
    city.known.received_from = {(f"{PEER}/a/liked", PEER)}
    city.known.attributed = {f"{PEER}/o/owned": f"{PEER}/m/1"}
    return city


def refusal_of(city, request):
    """Say how the inbox refuses a request: code and status."""
    with pytest.raises(Refused) as refusal:
        city.inbox.receive(request)
    return refusal.value.code, refusal.value.status


def an_activity(type_, object_, **more):
    return a_create(type_=type_, object_=object_, **more)
