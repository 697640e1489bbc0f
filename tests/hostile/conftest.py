# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""One running city for all cases, and the cities that the tests play."""

import os

import pytest

from cop.base.db import db
from tests.conftest import an_app, settings_for
from tests.cop.accounts.conftest import city, devidp, make_city, realm
from tests.databases import fresh_database
from tests.hostile.instance import ORIGIN, City, LiveCity

__all__ = ["city", "devidp", "make_city", "realm"]


@pytest.fixture(scope="session")
def live(template, tmp_path_factory):
    """City A, running."""
    database = fresh_database(template, tmp_path_factory.mktemp("city-a") / "reihum.sqlite")
    app = an_app(settings_for(database, origin=ORIGIN, development=False))
    live = LiveCity(app)
    assert live.read("/actor").status == 200  # makes the city's key
    yield live
    live.stop()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def cities(live):
    """Well-behaved peers at level 3, by their origin."""
    named = [City(name, live=live) for name in ("peer-b", "peer-c", "https://xn--mnchen-3ya.example")]
    return {city.origin: city.become_peer() for city in named}


@pytest.fixture(scope="session")
def peer_b(cities):
    return cities["https://peer-b.example"]


@pytest.fixture(scope="session")
def peer_c(cities):
    return cities["https://peer-c.example"]


@pytest.fixture(scope="session")
def process(live):
    """Let the worker act on what came in."""
    from cop.sharing.jobs import process_received

    def run():
        with live.app.app_context():
            return process_received()

    return run


@pytest.fixture
def stranger(live):
    """Make a city that nobody else uses, to change its state."""

    def make(**facts):
        return City(f"https://peer-{os.urandom(4).hex()}.example", live=live).become_peer(**facts)

    return make
