# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a later migration must be able to rely on: there and back loses nothing, half of one is none, old code goes on."""

import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from flask import Flask
from sqlalchemy import Connection, insert, inspect, select, text

from cop import schema
from cop.app import create_app
from cop.base.audience import Audience
from cop.base.clock import now
from cop.base.db import Model, db, new_id, transaction
from cop.schema import alembic_config, upgrade
from cop.sharing.hub import hub
from cop.sharing.models import ReceivedActivity
from tests.builders import a_person, an_account
from tests.conftest import settings_for
from tests.databases import copy_of
from tests.reader import Reader
from tests.world import World

ROWS = 100_000
MOST_S = 60
HEAD = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0002_later", "{before}", None, None
"""
EXPANDS = """
def upgrade():
    with op.batch_alter_table("received_activity") as table:
        table.add_column(sa.Column("size", sa.Integer(), nullable=False, server_default="0"))
    op.create_table("later", sa.Column("id", sa.Integer(), primary_key=True))


def downgrade():
    op.drop_table("later")
    with op.batch_alter_table("received_activity") as table:
        table.drop_column("size")
"""
BREAKS = """
def upgrade():
    op.create_table("later", sa.Column("id", sa.Integer(), primary_key=True))
    op.execute("DELETE FROM received_activity")
    raise RuntimeError("the power goes")
"""


@pytest.fixture
def migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the migrations, to which a later one is added."""
    folder = tmp_path / "migrations"
    shutil.copytree(next(place for place in schema.PLACES if place.is_dir()), folder)
    monkeypatch.setattr(schema, "PLACES", (folder,))
    return folder


@pytest.fixture
def app(tmp_path: Path, migrations: Path) -> Iterator[Flask]:
    """A city whose tables were made by the migrations there are."""
    server = os.environ.get("COP_TEST_POSTGRESQL")
    app = create_app(settings_for(copy_of(server, "template0") if server else f"sqlite:///{tmp_path / 'city.sqlite'}"))
    with app.app_context():
        with db.engine.connect() as connection:
            upgrade(connection)
        assert hub().keys
        yield app
        db.session.remove()
        db.engine.dispose()


def add(migrations: Path, body: str) -> None:
    (before,) = (path.stem.partition("_")[0] for path in (migrations / "versions").glob("0001*.py"))
    (migrations / "versions" / "0002_later.py").write_text(HEAD.format(before=before) + body, encoding="utf-8")


def fill(connection: Connection, rows: int = ROWS) -> None:
    at = now()
    facts = {"sender": "https://a.example", "key_id": "k", "received_at": at, "attempts": 0, "outcome": ""}
    said = [{**facts, "id": new_id(), "activity_id": f"a/{n}", "body": b"%d" % n} for n in range(rows)]
    connection.execute(insert(ReceivedActivity), said)
    connection.commit()


def digest(connection: Connection) -> str:
    """Sum up all rows of a table as this program knows it."""
    table = Model.metadata.tables["received_activity"]
    found = hashlib.sha256()
    for row in connection.execute(select(table).order_by(table.c.id)):
        found.update(repr(tuple(row)).encode())
    connection.rollback()
    return found.hexdigest()


def revision(connection: Connection) -> str:
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")))


def test_up_down_and_up_again_changes_no_row_of_a_hundred_thousand(app: Flask, migrations: Path) -> None:
    add(migrations, EXPANDS)
    with db.engine.connect() as connection:
        fill(connection)
        before, began = digest(connection), time.monotonic()

        for step in ("up", "down", "up"):
            if step == "up":
                upgrade(connection)
            else:
                command.downgrade(alembic_config(connection), "-1")
                connection.commit()
            assert digest(connection) == before
            assert inspect(connection).has_table("later") is (step == "up")

        assert time.monotonic() - began < MOST_S


def test_a_migration_that_breaks_off_leaves_what_was(app: Flask, migrations: Path) -> None:
    with db.engine.connect() as connection:
        fill(connection, 10)
        before = digest(connection), revision(connection)
    add(migrations, BREAKS)

    with pytest.raises(RuntimeError, match="the power goes"), db.engine.connect() as connection:
        upgrade(connection)

    with db.engine.connect() as connection:
        assert (digest(connection), revision(connection)) == before
        assert not inspect(connection).has_table("later")
    add(migrations, EXPANDS)
    with db.engine.connect() as connection:
        upgrade(connection)
        assert (digest(connection), revision(connection)) == (before[0], "0002_later")


def test_this_program_goes_on_where_the_next_one_has_added_to_the_tables(app: Flask, migrations: Path) -> None:
    add(migrations, EXPANDS)
    with db.engine.connect() as connection:
        upgrade(connection)
        fill(connection, 10)

    World(app, Audience.PEERS)
    with transaction():
        admin = an_account(a_person("Nadja"), is_admin=True).person
    reader = Reader(app, admin)

    pages = ["/", "/calendar", "/knowledge", "/communities", "/admin/partners", "/healthz"]
    assert {path: reader.get(path).status_code for path in pages} == dict.fromkeys(pages, 200)
    with db.engine.connect() as connection:
        assert connection.scalar(text("SELECT min(size) FROM received_activity")) == 0
