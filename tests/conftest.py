# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Fixtures that more than one folder of tests uses."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, make_url, text

from cop.app import create_app
from cop.base.db import Model, db
from cop.settings import Issuer, Settings

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


@pytest.fixture
def database(tmp_path: Path) -> str:
    """An empty database's address; PostgreSQL when COP_TEST_POSTGRESQL names a server."""
    server = os.environ.get("COP_TEST_POSTGRESQL")
    return fresh_postgresql(server) if server else f"sqlite:///{tmp_path / 'reihum.sqlite'}"


def fresh_postgresql(server: str) -> str:
    """Make an empty database on the server; it goes with the temporary cluster."""
    name = f"t{os.urandom(8).hex()}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def app(database: str) -> Iterator[Flask]:
    """The app of Kassel with empty tables, in an app context."""
    app = create_app(settings_for(database))
    with app.app_context():
        Model.metadata.create_all(db.engine)
        yield app
        db.session.remove()
        db.engine.dispose()
