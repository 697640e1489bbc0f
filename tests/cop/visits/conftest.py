# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A partner city that the tests play: its key for visits is pinned here, and it answers on a port of its own."""

import json
import threading
from base64 import urlsafe_b64encode
from contextvars import Context
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from cop.base.clock import now
from cop.base.db import db, transaction
from cop.devidp.faults import ABSENT, replace
from cop.sharing.hub import hub
from cop.sharing.models import PeerKey, PeerRecord
from cop.visits.models import GuestSession
from tests.builders import a_community, a_meeting, a_peer, a_record

HERE = "http://127.0.0.1:8101"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
EVENT = "http://schemas.openid.net/event/backchannel-logout"


class Browser:
    """A browser; each request runs as in production, in a context of its own."""

    def __init__(self, client):
        self.client = client

    def get(self, path, **query):
        return Context().run(lambda: self.client.get(path, query_string=query or None))

    def post(self, path, **form):
        return Context().run(lambda: self.client.post(path, data=form))


class PlayedCity:
    """A city of the test's: it signs what it likes, and answers with what `answer` says."""

    def __init__(self):
        self.key = Ed25519PrivateKey.generate()
        self.asked = []
        self.answer = lambda form: (200, {})
        self._server = make_server("127.0.0.1", 0, self._take, threaded=True)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def _take(self, environ, start_response):
        request = Request(environ)
        self.asked.append((request.path, request.form.to_dict()))
        status, said = self.answer(request.form.to_dict())
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        return Response(body, status, content_type="application/json")(environ, start_response)

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    @property
    def kid(self):
        return f"{self.origin}/actor#oidc-1"

    def token(self, right, typ, *, key=None, header=None, **changes):
        """Sign a token that is right but for what is changed."""
        claims = replace(right, changes)
        head = replace({"alg": "Ed25519", "kid": self.kid, "typ": typ}, header or {})
        text = b".".join(urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (head, claims))
        signed = (key or self.key).sign(text)
        return (text + b"." + urlsafe_b64encode(signed).rstrip(b"=")).decode()

    def assertion(self, **changes):
        """Prove to us that it is this city."""
        instant = int(now().timestamp())
        right = {
            "iss": self.origin,
            "sub": self.origin,
            "aud": HERE,
            "iat": instant,
            "exp": instant + 60,
            "jti": uuid4().hex,
        }
        return self.token(right, "client-authentication+jwt", **changes)

    def id_token(self, member_uri, nonce, /, **changes):
        """Say who comes."""
        instant = int(now().timestamp())
        right = {
            "iss": self.origin,
            "sub": member_uri,
            "aud": HERE,
            "iat": instant,
            "exp": instant + 60,
            "nonce": nonce,
        }
        return self.token(right | {"sid": str(uuid4())}, "JWT", **changes)

    def logout_token(self, **changes):
        """Say that a visit is over."""
        instant = int(now().timestamp())
        right = {"iss": self.origin, "aud": HERE, "iat": instant, "exp": instant + 60, "jti": uuid4().hex}
        return self.token(right | {"events": {EVENT: {}}}, "logout+jwt", **changes)


def pin(city):
    """Make a played city our partner."""
    with transaction():
        peer = a_peer(city.origin)
        peer.keys.append(PeerKey(key_id=city.kid, public_key=city.key.public_key().public_bytes_raw()))


@pytest.fixture(autouse=True)
def no_connection_left(app):
    yield
    hub().transport.close()


def set_level(city, *, level_in=3, level_out=3, state="active"):
    with transaction():
        peer = db.session.query(PeerRecord).filter_by(origin=city.origin).one()
        peer.level_in, peer.level_out, peer.state = level_in, level_out, state


@pytest.fixture
def aalborg(app):
    yield from playing()


@pytest.fixture
def heidelberg(app):
    yield from playing()


def playing():
    city = PlayedCity()
    pin(city)
    yield city
    city.close()


def query_of(address):
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def count(model):
    db.session.rollback()
    return db.session.query(model).count()


class Door:
    """A community of ours with a member of Aalborg, and that member's browser."""

    def __init__(self, app, city):
        self.app, self.city, self.browser = app, city, Browser(app.test_client())
        with transaction():
            community = a_community()
            self.meeting = a_meeting(community)
            record = a_record(community, "Bram", origin=city.origin)
            self.uri, self.community = record.uri, community
            self.ids = {"community": community.id, "meeting": self.meeting.id}
            self.targets = {"community": community.uri, "meeting": self.meeting.uri}

    def start(self, **changes):
        right = {"iss": self.city.origin, "login_hint": self.uri, "target_link_uri": self.targets["community"]}
        query = {name: value for name, value in (right | changes).items() if value is not ABSENT}
        return self.browser.get("/visits/start", **query)

    def come(self, *, target="community", callback=None, **changes):
        """Go to Aalborg, which answers with an id_token that is right but for what is changed, and come back."""
        asked = query_of(self.start(target_link_uri=self.targets[target]).headers["Location"])
        self.city.answer = lambda form: (200, {"id_token": self.city.id_token(self.uri, asked["nonce"], **changes)})
        right = {"code": "c", "state": asked["state"], "iss": self.city.origin}
        query = {name: value for name, value in (right | (callback or {})).items() if value is not ABSENT}
        return self.browser.get("/visits/callback", **query)

    @property
    def is_open(self):
        return self.browser.get(f"/communities/{self.ids['community']}").status_code == 200

    def told(self, **changes):
        return self.send(self.city.logout_token(**changes))

    def send(self, token):
        return Browser(self.app.test_client()).post("/visits/back-channel", logout_token=token)

    @property
    def sid(self):
        db.session.rollback()
        return db.session.query(GuestSession).one().sid


@pytest.fixture
def door(app, aalborg) -> Door:
    return Door(app, aalborg)


__all__ = ["ABSENT", "HERE", "JWT_BEARER", "Browser", "Door", "count", "query_of", "set_level"]
