# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The database: models, ids, times and transactions."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, TypeVar, TypeVarTuple
from uuid import UUID

import uuid6
from flask import Flask, g
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import CursorResult, DateTime, Dialect, Engine, MetaData, Select, String, TypeDecorator, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.selectable import TypedReturnsRows

from cop.base import events
from cop.base.errors import NotFound
from cop.base.i18n import N_
from cop.base.instance import this_city

CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant; stored and returned in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        # SQLite drops the zone
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def new_id() -> UUID:
    """Make an id that sorts by its time of birth (UUIDv7, RFC 9562)."""
    return UUID(int=uuid6.uuid7().int)


class Model(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(naming_convention=CONVENTION)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime()}

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-1)


class Shared:
    """A row that has one home city and copies in others.

    `rev` rises with each change at the home and alone decides what is newer.
    """

    uri: Mapped[str] = mapped_column(String(300), unique=True)
    origin: Mapped[str] = mapped_column(String(200), index=True)
    rev: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        return {"version_id_col": cls.__table__.c.rev, "version_id_generator": False}  # type: ignore[attr-defined]


def minted(thing_id: UUID) -> dict[str, Any]:
    """Return id, uri and origin of a new shared thing whose home is here."""
    origin = this_city().origin
    return {"id": thing_id, "uri": f"{origin}/o/{thing_id}", "origin": origin}


def changed(thing: Shared) -> None:
    """Give a thing of ours its next revision."""
    thing.rev += 1


db = SQLAlchemy(metadata=Model.metadata)

M = TypeVar("M", bound=Model)
S = TypeVar("S", bound=Select[Any])
Columns = TypeVarTuple("Columns")


def get_or_404(model: type[M], thing_id: UUID) -> M:
    """Return a row by its id.

    Raises:
        NotFound: when there is none.
    """
    row = db.session.get(model, thing_id)
    if row is None:
        raise NotFound(N_("This page does not exist."))
    return row


def read(asked: TypedReturnsRows[*Columns], values: Mapping[str, Any] | None = None) -> CursorResult[*Columns]:
    """Return the rows of a select that names columns; half the time of `session.execute`, which looks for objects."""
    db.session.flush()  # what was changed in this transaction is seen, as with `session.execute`
    return db.session.connection().execute(asked, values)


def insert_missing(table: type[Model], *, dialect: str) -> Any:
    """Make the statement that adds rows unless they are there; SQLAlchemy has one for each database."""
    return import_module(f"sqlalchemy.dialects.{dialect}").insert(table).on_conflict_do_nothing()


def in_transaction() -> bool:
    """Tell whether a transaction is open that somebody else will commit."""
    return bool(g.get("cop_in_transaction"))


def lock(row: Model) -> None:
    """Read a row anew and keep others from writing it until the transaction ends.

    Two changes at once follow each other; rows that refer to it may still be added.
    """
    db.session.flush()  # reading anew drops what was not written yet
    db.session.refresh(row, with_for_update={"of": type(row), "key_share": True})


def locked(asked: S, kind: type[Model]) -> S:
    """Return a select that reads rows anew and locks them like `lock`."""
    return asked.with_for_update(of=kind, key_share=True).execution_options(populate_existing=True)


@contextmanager
def transaction() -> Iterator[None]:
    """Commit what happens inside, or nothing.

    A read transaction that is still open ends first: SQLite ignores BEGIN
    IMMEDIATE on a connection that has read, and would refuse the later write.

    Raises:
        RuntimeError: inside another transaction, which would commit half.
    """
    if in_transaction():
        raise RuntimeError("a transaction inside another")
    db.session.rollback()
    g.cop_in_transaction = True
    try:
        db.session.connection(execution_options={"cop_write": True})
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        events.forget_waiting()
        raise
    finally:
        g.cop_in_transaction = False
    events.tell_after_commit()


def init_db(app: Flask, url: str) -> None:
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url)
    db.init_app(app)
    if is_sqlite(url):
        with app.app_context():
            _prepare_sqlite(db.engine)


def is_sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def engine_options(url: str) -> dict[str, Any]:
    if is_sqlite(url):
        Path(make_url(url).database or ".").parent.mkdir(parents=True, exist_ok=True)
        # one for each thread of the web process: what is beyond the pool is opened anew each time, and reads the schema
        return {"connect_args": {"timeout": 15}, "pool_size": 20, "hide_parameters": True}
    # a failed statement is logged; what people wrote must not be in it
    return {"pool_size": 20, "max_overflow": 20, "pool_pre_ping": True, "hide_parameters": True}


def _prepare_sqlite(engine: Engine) -> None:
    event.listen(engine, "connect", _set_pragmas)
    _watch_file(engine, Path(engine.url.database or ""))
    event.listen(engine, "begin", _begin)


def _watch_file(engine: Engine, path: Path) -> None:
    """Write to the file that stands there and to no other: not to one that was removed, nor to a new and empty one.

    Who connects when there was a file and there is none gets an error (SQLite would begin anew); who has another file
    open than the one that stands there connects again.
    """
    there = False

    def look(dialect: Dialect, entry: ConnectionPoolEntry, args: Any, parameters: Any) -> None:
        nonlocal there
        if there and not path.exists():
            raise sqlite3.OperationalError("the file of the database is gone")

    def remember(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        nonlocal there
        there = path.exists()
        entry.info["file"] = path.stat().st_ino if there else None

    def compare(connection: DBAPIConnection, entry: ConnectionPoolEntry, proxy: object) -> None:
        try:
            same = path.stat().st_ino == entry.info.get("file")
        except FileNotFoundError:
            same = False
        if not same:
            raise DisconnectionError("another file stands there now")

    event.listen(engine, "do_connect", look)
    event.listen(engine, "connect", remember)
    event.listen(engine, "checkout", compare)


def _set_pragmas(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    # SQLite's own knows A to Z only, and nobody would find "Ämter" by "ämter"
    connection.create_function("lower", 1, lambda text: text and str(text).lower(), deterministic=True)
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA synchronous=FULL")
    # the worker alone checkpoints: a checkpoint in a request would stall it
    cursor.execute("PRAGMA wal_autocheckpoint=0")
    cursor.close()


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("cop_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
