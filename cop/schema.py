# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Brings the tables to the version of this program."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

#: beside the package in a checkout, inside it in the wheel
PLACES = (Path(__file__).parent / "migrations", Path(__file__).parent.parent / "migrations")


def alembic_config(connection: Connection) -> Config:
    """Return Alembic's configuration for one open connection."""
    config = Config()
    config.set_main_option("script_location", str(next(place for place in PLACES if place.is_dir())))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection) -> None:
    """Run what is missing; safe to call again."""
    command.upgrade(alembic_config(connection), "head")
    connection.commit()


def is_current(connection: Connection) -> bool:
    """Tell whether the tables are those of this program."""
    head = ScriptDirectory.from_config(alembic_config(connection)).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head
