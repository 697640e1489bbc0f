# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The migrations make what the models say, both ways, and twice is once."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import Connection, create_engine, inspect

from cop.app import create_app
from cop.base.db import Model, db
from cop.schema import alembic_config, is_current, upgrade
from tests.conftest import settings_for
from tests.databases import copy_of

ROOT = Path(__file__).parents[2]


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    """An empty database."""
    server = os.environ.get("COP_TEST_POSTGRESQL")
    engine = create_engine(copy_of(server, "template0") if server else f"sqlite:///{tmp_path / 'empty.sqlite'}")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def differences(connection: Connection) -> list[object]:
    return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), Model.metadata)


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


def test_the_migrations_make_what_the_models_say(connection: Connection) -> None:
    upgrade(connection)

    assert tables(connection) == set(Model.metadata.tables)
    assert differences(connection) == []
    assert is_current(connection)


def test_twice_is_once(connection: Connection) -> None:
    upgrade(connection)
    upgrade(connection)

    assert differences(connection) == []


def test_the_way_back_leaves_nothing_behind_and_can_be_gone_again(connection: Connection) -> None:
    upgrade(connection)

    command.downgrade(alembic_config(connection), "base")
    connection.commit()
    assert tables(connection) == set()
    assert not is_current(connection)

    upgrade(connection)
    assert differences(connection) == []


def test_an_app_on_migrated_tables_answers(connection: Connection) -> None:
    upgrade(connection)
    url = connection.engine.url.render_as_string(hide_password=False)
    app: Flask = create_app(settings_for(url))

    assert app.test_client().get("/healthz").status_code == 200

    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_no_migration_imports_a_model() -> None:
    known = {"import sqlalchemy as sa", "from alembic import op", "import cop.base.db"}  # the last for its column type

    imports = {
        line.strip()
        for path in (ROOT / "migrations" / "versions").glob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip().startswith(("import ", "from "))
    }

    assert imports <= known
