# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Shared rows by their ids, looked up at once for many changes that are written in one transaction."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import BindParameter, Select, bindparam, event, literal, select, union_all
from sqlalchemy.orm import Session
from sqlalchemy.sql.base import ExecutableOption

from cop.base.db import Model, db, locked

K = TypeVar("K", bound=Model)
#: what is read with a row: each later question writes first what is pending
Load = tuple[ExecutableOption, ...]
Kinds = Mapping[type[Model], Load]
#: kind and id -> the row; None where there is none
Found = dict[tuple[type[Model], str], Model | None]
FOUND = "cop.base.found"


@contextmanager
def looked_up(kinds: Kinds, uris: Collection[str]) -> Iterator[None]:
    """Lock all rows of these kinds that have one of these ids, and remember while the block lasts which there are.

    What is added or deleted inside, by way of the session, is known too.
    """
    db.session.info[FOUND] = _look_up(kinds, uris)
    try:
        yield
    finally:
        del db.session.info[FOUND]


def by_uri(kind: type[K], uri: str, *, lock: bool = False) -> K | None:
    """Return the row of this kind with this id, from memory where it was looked up before."""
    found: Found = db.session.info.get(FOUND, {})
    if (kind, uri) not in found:
        return cast("K | None", db.session.scalar(_select_one(kind, lock=lock), {"uri": uri}))
    row = cast("K | None", found[kind, uri])
    if row is not None and row in db.session.deleted:
        db.session.flush()  # its id is free for another row
        return None
    return row


def is_looked_up(kinds: Iterable[type[Model]], uri: str) -> bool:
    """Tell whether `by_uri` answers from memory for all of these kinds."""
    found: Found = db.session.info.get(FOUND, {})
    return all((kind, uri) in found for kind in kinds)


def init_found() -> None:
    """Listen to the session; twice is once."""
    if not event.contains(db.session, "after_attach", _remember):
        event.listen(db.session, "after_attach", _remember)
        for gone in ("persistent_to_deleted", "persistent_to_detached", "pending_to_transient"):
            event.listen(db.session, gone, _forget)


def _remember(session: Session, row: Any) -> None:
    found: Found | None = session.info.get(FOUND)
    if found is not None and getattr(row, "uri", None) is not None:
        found[type(row), row.uri] = row


def _forget(session: Session, row: Any) -> None:
    found: Found | None = session.info.get(FOUND)
    if found is not None:
        for key in [key for key, known in found.items() if known is row]:
            found[key] = None


def _look_up(kinds: Kinds, uris: Collection[str]) -> Found:
    """Ask which kinds have something first: most often nothing is found, since what is said is new."""
    wanted: dict[str, list[str]] = {"uris": list(uris)}
    found: Found = {(kind, uri): None for kind in kinds for uri in uris}
    places = tuple(kinds)
    for place in sorted({row.place for row in db.session.execute(_places(places), wanted)}):
        kind = places[place]
        rows = db.session.scalars(_select_all(kind, kinds[kind]), wanted)
        found.update({(kind, row.uri): row for row in rows})
    return found


@cache
def _places(kinds: Sequence[type[Any]]) -> Any:
    wanted: BindParameter[str] = bindparam("uris", expanding=True)
    return union_all(
        *(select(literal(place).label("place")).where(kind.uri.in_(wanted)) for place, kind in enumerate(kinds))
    )


@cache
def _select_all(kind: type[Any], load: Load) -> Select[Any]:
    """Select rows in one order, so that two who lock them don't wait for each other."""
    rows = select(kind).where(kind.uri.in_(bindparam("uris", expanding=True))).order_by(kind.id).options(*load)
    return locked(rows, kind)


@cache
def _select_one(kind: type[Any], *, lock: bool) -> Select[Any]:
    row = select(kind).where(kind.uri == bindparam("uri"))
    return locked(row, kind) if lock else row
