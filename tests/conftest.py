# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Fixtures that more than one folder of tests uses."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from flask import Flask

from cop.app import create_app
from cop.base.db import db
from cop.settings import Issuer, Settings
from cop.sharing.hub import hub
from tests.databases import LENT, empty_tables, fresh_database, take_back
from tests.shared import share

share()
SECRET = "a secret of thirty-two characters at least"


def settings_for(database: str, **changes: object) -> Settings:
    facts: dict[str, object] = {
        "origin": "http://127.0.0.1:8101",
        "secret_key": SECRET,
        "city_name": "Stadt Kassel",
        "city_short": "Kassel",
        "city_letters": "KS",
        "database": database,
        "issuers": (Issuer("http://127.0.0.1:8100/kassel", "reihum", "secret", "Stadt Kassel"),),
        "development": True,
        "mail_url": "file:///dev/null/none",
    }
    return Settings(**(facts | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="session", autouse=True)
def one_tracer_at_a_time() -> None:
    """Let threads that begin at once install coverage's tracer in turn: CPython 3.11 ends a thread that meets another there."""
    install, set_trace, turn = threading.gettrace(), sys.settrace, threading.RLock()
    if install is None:
        return

    def set_in_turn(function: Any) -> None:
        with turn:
            set_trace(function)

    def install_in_turn(frame: FrameType, event: str, arg: Any) -> Any:
        with turn:
            return install(frame, event, arg)

    sys.settrace = set_in_turn
    threading.settrace(install_in_turn)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with empty tables that each test gets a copy of."""
    return empty_tables(tmp_path_factory.mktemp("template"))


@pytest.fixture(autouse=True)
def databases_come_back() -> Iterator[None]:
    """What a test borrows the next one may have."""
    before = set(LENT)
    yield
    take_back(set(LENT) - before)


@pytest.fixture
def database(template: str, tmp_path: Path) -> str:
    """A database with empty tables; PostgreSQL when COP_TEST_POSTGRESQL names a server."""
    return fresh_database(template, tmp_path / "reihum.sqlite")


def an_app(settings: Settings) -> Flask:
    """A city's app whose keys are made, as a process makes them when it starts."""
    app = create_app(settings)
    with app.app_context():
        assert hub().keys
        db.session.remove()
    return app


@pytest.fixture
def app(database: str) -> Iterator[Flask]:
    """The app of Kassel with empty tables, in an app context."""
    app = an_app(settings_for(database))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
