# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Fixtures that more than one folder of tests uses."""

import os
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import create_engine, make_url, text

from cop.app import create_app
from cop.base.db import Model, db
from cop.settings import Issuer, Settings
from cop.sharing.hub import hub

#: each test has its own app; what its templates compile to is shared
Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache()}
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
    folder = tmp_path_factory.mktemp("template")
    server = os.environ.get("COP_TEST_POSTGRESQL")
    url = copy_of(server, "template0") if server else f"sqlite:///{folder / 'reihum.sqlite'}"
    engine = create_engine(url)
    Model.metadata.create_all(engine)
    engine.dispose()
    return url


@pytest.fixture
def database(template: str, tmp_path: Path) -> str:
    """A database with empty tables; PostgreSQL when COP_TEST_POSTGRESQL names a server."""
    return fresh_database(template, tmp_path / "reihum.sqlite")


def fresh_database(template: str, path: Path) -> str:
    """Copy the template: to `path` on SQLite, within its server on PostgreSQL."""
    if make_url(template).get_backend_name() != "sqlite":
        return copy_of(template, str(make_url(template).database))
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(str(make_url(template).database), path)
    return f"sqlite:///{path}"


def copy_of(server: str, template: str) -> str:
    """Make a database on a PostgreSQL server; it goes with the temporary cluster."""
    name = f"t{os.urandom(8).hex()}"
    engine = create_engine(make_url(server).set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)


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
