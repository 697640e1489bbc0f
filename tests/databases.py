# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Databases for tests: files on SQLite, databases of one server on PostgreSQL."""

import os
import shutil
from collections.abc import Collection
from functools import cache
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import create_engine, make_url

from cop.base.db import Model, is_sqlite

#: PostgreSQL's, of this process: those that wait for a test, and those that tests have with what they are copies of
FREE: list[str] = []
LENT: dict[str, str] = {}
#: whoever a test left connected
END_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
#: another one after every change of a table's definition
DEFINITIONS = """
SELECT md5(string_agg(oid || ' ' || xmin, ',' ORDER BY oid)) FROM pg_class WHERE relnamespace = 'public'::regnamespace
"""


def empty_tables(folder: Path) -> str:
    """Make a database with empty tables: on the server that COP_TEST_POSTGRESQL names, or in a folder."""
    server = os.environ.get("COP_TEST_POSTGRESQL")
    url = copy_of(server, "template0") if server else f"sqlite:///{folder / 'reihum.sqlite'}"
    engine = create_engine(url)
    Model.metadata.create_all(engine)
    engine.dispose()
    return url


def fresh_database(template: str, path: Path) -> str:
    """Return a database with the template's empty tables: at `path` on SQLite, in the same server on PostgreSQL."""
    if is_sqlite(template):
        return copied(template, path)
    url = FREE.pop() if FREE else copied(template, path)
    LENT[url] = template
    return url


def copied(database: str, path: Path) -> str:
    """Copy a database with all that is in it: to `path` on SQLite, within its server on PostgreSQL."""
    name = str(make_url(database).database)
    if not is_sqlite(database):
        return copy_of(database, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(name, path)
    return f"sqlite:///{path}"


def copy_of(server: str, template: str) -> str:
    """Make a database on a PostgreSQL server; it goes with the temporary cluster."""
    name = f"t{os.urandom(8).hex()}"
    with _connected(_other(server, "postgres")) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return _other(server, name)


def take_back(lent: Collection[str]) -> None:
    """Empty databases for other tests; one whose tables a test changed is not used again."""
    for url in lent:
        template = LENT.pop(url)
        with _connected(url) as connection:
            connection.execute(END_OTHERS)
            if _definitions(connection) == _definitions_in(template):
                _empty(connection)
                FREE.append(url)


def _empty(connection: psycopg.Connection) -> None:
    connection.execute("SET session_replication_role = replica")  # in any order
    emptied = [sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in Model.metadata.tables]
    connection.execute(sql.SQL("; ").join(emptied))


@cache
def _definitions_in(template: str) -> str:
    with _connected(template) as connection:
        return _definitions(connection)


def _definitions(connection: psycopg.Connection) -> str:
    (found,) = connection.execute(DEFINITIONS).fetchone() or ("",)
    return str(found)


def _connected(url: str) -> psycopg.Connection:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


def _other(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)
