# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Brings the tables to the version of this program."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

#: beside the package in a checkout, inside it in the wheel
PLACES = (Path(__file__).parent / "migrations", Path(__file__).parent.parent / "migrations")


def alembic_config(connection: Connection) -> Config:
    """Return Alembic's configuration for one open connection."""
    config = Config()
    config.set_main_option("script_location", str(next(place for place in PLACES if place.is_dir())))
    config.attributes["connection"] = connection
    return config


class TablesTooNew(Exception):  # noqa: N818  said as it is
    """The tables are of a newer program than this one."""


def upgrade(connection: Connection) -> None:
    """Run what is missing; safe to call again.

    Raises:
        TablesTooNew: when they are of a newer program.
    """
    try:
        command.upgrade(alembic_config(connection), "head")
    except CommandError as error:
        raise TablesTooNew("The tables are of a newer program: install that one.") from error
    connection.commit()


def is_current(connection: Connection) -> bool:
    """Tell whether the tables are those of this program."""
    head = ScriptDirectory.from_config(alembic_config(connection)).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head
