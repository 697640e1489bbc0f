# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A city, its development provider, and a browser between them."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from sqlalchemy import func, select

from cop.accounts.models import Account
from cop.app import create_app
from cop.base.db import Model, db
from cop.devidp.faults import NO_FAULT
from cop.devidp.realms import Client, Persona, Realm
from cop.devidp.setup import start_devidp
from cop.settings import Issuer
from tests.conftest import settings_for

CLIENT_SECRET = "s" * 32
ORIGIN = "http://127.0.0.1:8101"
MIRIAM = Persona("m-1", "Miriam Ahlsdorf", "miriam@kassel.example", "Stadt Kassel", "Personalamt")
BRAM = Persona("b-1", "Bram Osterloh", "bram@kassel.example", "Stadt Kassel", "Jugendamt", ("staff", "reihum-admin"))
GUEST = Persona("g-1", "Gesa Tormählen", "gesa@werke.example", "Stadtwerke", "")


class Browser:
    """One browser: cookies of the city, and the way to its provider and back."""

    def __init__(self, app, issuer, persona="m-1", **options):
        self.client = app.test_client(**options)
        self.issuer = issuer
        self.persona = persona

    def leave(self, **query):
        """Go to the provider; return the answer that leads there."""
        return self.client.get("/login/start", query_string={"issuer": self.issuer, **query})

    def choose(self, there, persona=None):
        """Press a persona's button; return path and query of the way back."""
        chosen = {"persona": persona or self.persona}
        answer = requests.post(there, data=chosen, allow_redirects=False, timeout=5)
        back = urlsplit(answer.headers["Location"])
        return f"{back.path}?{back.query}"

    def sign_in(self, **query):
        """Sign in; return the city's answer to the callback."""
        return self.client.get(self.choose(self.leave(**query).headers["Location"]))

    def signs_in(self, **query):
        answer = self.sign_in(**query)
        assert answer.status_code == 302, answer.text
        return self

    @property
    def is_signed_in(self):
        return self.client.get("/me").status_code == 200

    def token(self, page="/me"):
        """The token of a form on a page of ours."""
        text = self.client.get(page).text
        return text.partition('name="csrf_token" value="')[2].partition('"')[0]

    def post(self, path, page="/me", **form):
        return self.client.post(path, data={"csrf_token": self.token(page), **form})

    def cookie(self, what="session"):
        found = self.client.get_cookie(f"reihum-8101-{what}", "127.0.0.1")
        return found.value if found else None


def query_of(address):
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def count(app, model):
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model))


def people(app):
    with app.app_context():
        accounts = db.session.scalars(select(Account).order_by(Account.id)).all()
        return [(one.person.display_name, one.person.organisation, one.person.unit, one.is_admin) for one in accounts]


@pytest.fixture(scope="session")
def devidp():
    client = Client("rp", CLIENT_SECRET, (f"{ORIGIN}/login/callback", "https://city-a.example/login/callback"))
    realms = [
        Realm("kassel", "Stadt Kassel", "de", [MIRIAM, BRAM], [client]),
        Realm("werke", "Stadtwerke", "de", [GUEST], [client], alg="ES256"),
    ]
    running = start_devidp(realms, development=True)
    yield running
    running.close()


@pytest.fixture
def realm(devidp):
    """The first issuer; what it does wrong ends with the test."""
    realm = devidp.realms["kassel"]
    yield realm
    realm.tampering = NO_FAULT


@pytest.fixture
def make_city(database, devidp):
    """Build the city's app, with other settings if wanted."""
    apps = []

    def make(**changes):
        issuers = tuple(
            Issuer(realm.issuer, "rp", CLIENT_SECRET, realm.name, admin_role="reihum-admin")
            for realm in devidp.realms.values()
        )
        app = create_app(settings_for(database, **{"issuers": issuers, "sign_ins_per_minute": 100, **changes}))
        with app.app_context():
            Model.metadata.create_all(db.engine)
        apps.append(app)
        return app

    yield make
    for app in apps:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def city(make_city):
    return make_city()


@pytest.fixture
def browser(city, realm):
    return Browser(city, realm.issuer)


@pytest.fixture
def another(city, realm):
    """Make one more browser."""
    return lambda persona="m-1", **options: Browser(city, realm.issuer, persona, **options)
