# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Putting another city's things away, as they are, and back.

While they are away no table has them: no page, feed, search or export can
show them, and none needs to know of this. What refers to them goes along,
whatever room it belongs to; rows of ours that can do without them stay, and
get their reference back later.
"""

import base64
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, datetime
from itertools import count, islice
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Column, Table, UniqueConstraint, bindparam, delete, func, insert, select, update

from cop.base.db import Model, Shared, db, new_id
from cop.sharing.models import ProvedCopy, ShelvedRow

Ids = dict[str, set[UUID]]
Row = Mapping[str, Any]
#: table and id of what was put away -> id of what came again
Again = dict[tuple[str, UUID], UUID | None]
T = TypeVar("T")
SOME = 500


class _Shelf:
    """What is put away in one go."""

    def __init__(self, origin: str, away: Ids, batch: UUID | None) -> None:
        self.batch = batch or new_id()
        self._origin = origin
        self._away = away
        last = db.session.scalar(select(func.max(ShelvedRow.position)).where(ShelvedRow.batch == self.batch))
        self._position = count(0 if last is None else last + 1)

    def keep(self, table: Table, ids: Collection[UUID]) -> None:
        """Write rows down, and before them the references to them that are taken out of others and come back later."""
        for column, target in _references():
            if target == table.name and column.nullable:
                self._keep_references(column, ids, staying=column.table is table)
        for facts in db.session.execute(select(table).where(table.c.id.in_(ids))).mappings():
            self._write(table, facts["id"], dict(facts), whole=True)
        db.session.flush()  # the next table reads what was taken out

    def _keep_references(self, column: Column[Any], ids: Collection[UUID], *, staying: bool) -> None:
        # rows of other tables that go as well are written down already, as they are
        goes = set() if staying else self._away[column.table.name]
        for row in db.session.execute(select(column.table.c.id, column).where(column.in_(ids))).all():
            if row[0] not in goes:
                self._write(column.table, row[0], {column.name: row[1]}, whole=False)
        db.session.execute(update(column.table).where(column.in_(ids)).values({column.name: None}))

    def _write(self, table: Table, row_id: UUID, facts: Row, *, whole: bool) -> None:
        db.session.add(
            ShelvedRow(
                origin=self._origin,
                batch=self.batch,
                position=next(self._position),
                table=table.name,
                row_id=row_id,
                facts=_encoded(facts),
                whole=whole,
            )
        )


def put_away(
    origin: str, uris: Collection[str] | None = None, also: Ids | None = None, *, batch: UUID | None = None
) -> UUID | None:
    """Put away all things of a city, or some, with all that hangs on them; return by what to bring just these back.

    Args:
        origin: whose.
        uris: which things; all when none are named.
        also: rows that go with them: table -> ids.
        batch: what they are put to, if there is something already.
    """
    db.session.flush()  # what was changed in this transaction goes along
    roots = _roots(origin, uris)
    for name, more in (also or {}).items():
        roots[name] |= more
    away = _with_dependents(roots, origin)
    if not any(away.values()):
        return None
    kept = _Shelf(origin, away, batch)
    for table in reversed(Model.metadata.sorted_tables):
        for ids in _some(away[table.name]):
            kept.keep(table, ids)
    for table in reversed(Model.metadata.sorted_tables):
        for ids in _some(away[table.name]):
            db.session.execute(delete(table).where(table.c.id.in_(ids)))
    db.session.expire_all()
    return kept.batch


def bring_back(batch: UUID) -> None:
    """Bring back what was put away in one go, but what refers to something that is gone.

    A thing that came again meanwhile stays as it came; what hung on the one that was put away hangs on it.
    """
    while bring_back_some(batch):
        pass


def bring_back_some(batch: UUID, *, most: int = SOME) -> bool:
    """Bring back the next rows, first what others refer to; tell whether there were any."""
    mine = select(ShelvedRow).where(ShelvedRow.batch == batch)
    some = db.session.scalars(
        mine.where(ShelvedRow.came_as.is_(None)).order_by(ShelvedRow.position.desc()).limit(most)
    ).all()
    again = {
        (row.table, row.row_id): row.came_as for row in db.session.scalars(mine.where(ShelvedRow.came_as.is_not(None)))
    }
    for kept in some:
        table = Model.metadata.tables[kept.table]
        facts = _moved(table, _decoded(kept.facts), again)
        kept.came_as = _came_again(table, facts) if kept.whole else None
        if kept.came_as is not None:  # it stays until all is back: what comes later hangs on it
            again[table.name, kept.row_id] = kept.came_as
            continue
        if kept.whole:
            _insert(table, facts)
        else:
            _refer_again(table, kept.row_id, facts)
        db.session.delete(kept)
    if not some:
        throw_away(batch)
    db.session.flush()
    db.session.expire_all()
    return bool(some)


def throw_away(batch: UUID) -> None:
    """Forget for good what was put away."""
    db.session.execute(delete(ShelvedRow).where(ShelvedRow.batch == batch))


def count_things() -> dict[UUID, int]:
    """Count the shared things in what was put away, each time on its own."""
    tables = [kind.__tablename__ for kind in Shared.__subclasses__()]  # type: ignore[attr-defined]
    things = select(ShelvedRow.batch, func.count()).where(ShelvedRow.whole, ShelvedRow.table.in_(tables))
    return {row[0]: row[1] for row in db.session.execute(things.group_by(ShelvedRow.batch))}


def batches(origin: str) -> list[UUID]:
    """Name what was put away of a city, latest first."""
    mine = select(ShelvedRow.batch).where(ShelvedRow.origin == origin).distinct()
    return sorted(db.session.scalars(mine), reverse=True)


def _roots(origin: str, uris: Collection[str] | None) -> Ids:
    roots: Ids = defaultdict(set)
    for kind in (*Shared.__subclasses__(), ProvedCopy):
        table: Table = kind.__table__  # type: ignore[attr-defined]
        theirs = select(table.c.id).where(table.c.origin == origin)
        if uris is None:
            roots[table.name].update(db.session.scalars(theirs))
        else:
            for some in _some(uris):
                roots[table.name].update(db.session.scalars(theirs.where(table.c.uri.in_(some))))
    return roots


def _with_dependents(roots: Ids, origin: str) -> Ids:
    """Add what can't be without them, and what of the same city is about them."""
    away: Ids = defaultdict(set)
    fresh = roots
    while any(fresh.values()):
        for name, new in fresh.items():
            away[name] |= new
        found: Ids = defaultdict(set)
        for column, target in _references():
            table = column.table
            for ids in _some(fresh.get(target, ())):
                wanted = select(table.c.id).where(column.in_(ids))
                if column.nullable:
                    if "origin" not in table.c:
                        continue
                    wanted = wanted.where(table.c.origin == origin)
                found[table.name].update(db.session.scalars(wanted))
        fresh = {name: new - away[name] for name, new in found.items()}
    return away


def _references() -> Iterator[tuple[Column[Any], str]]:
    for table in Model.metadata.sorted_tables:
        for key in table.foreign_keys:
            yield key.parent, key.column.table.name


def _insert(table: Table, facts: dict[str, Any]) -> None:
    for column in table.c:
        gone = [
            key
            for key in column.foreign_keys
            if facts[column.name] is not None and not _stands(key.column.table, facts[column.name])
        ]
        if gone and not column.nullable:
            return
        if gone:
            facts[column.name] = None
    if not _is_there(table, facts):
        db.session.execute(insert(table), facts)


def _refer_again(table: Table, row_id: UUID, facts: Row) -> None:
    for name, value in facts.items():
        column = table.c[name]
        if all(_stands(key.column.table, value) for key in column.foreign_keys):
            db.session.execute(
                update(table).where(table.c.id == bindparam("row"), column.is_(None)).values({name: value}),
                {"row": row_id},
            )


def _stands(table: Table, row_id: UUID) -> bool:
    return db.session.scalar(select(table.c.id).where(table.c.id == row_id)) is not None


def _moved(table: Table, facts: dict[str, Any], again: Again) -> dict[str, Any]:
    """Let a row refer to what came again instead of what was put away."""
    for column in table.c:
        for key in column.foreign_keys if column.name in facts else ():
            facts[column.name] = again.get((key.column.table.name, facts[column.name]), facts[column.name])
    return facts


def _came_again(table: Table, facts: Row) -> UUID | None:
    if "uri" not in table.c or facts["uri"] is None:
        return None
    return db.session.scalar(select(table.c.id).where(table.c.uri == facts["uri"]))


def _is_there(table: Table, facts: Row) -> bool:
    """Tell whether a row stands in the way that says the same: a membership or an answer, given again meanwhile."""
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            same = [column == facts[column.name] for column in constraint.columns]
            if db.session.scalar(select(table.c.id).where(*same)) is not None:
                return True
    return False


def forget_strangers(origin: str) -> None:
    """Forget the people of a city to whom nothing here refers any more."""
    people = Model.metadata.tables["person"]
    theirs = set(db.session.scalars(select(people.c.id).where(people.c.origin == origin)))
    for column, target in _references():
        if target == people.name:
            for ids in list(_some(theirs)):
                theirs -= set(db.session.scalars(select(column).where(column.in_(ids))))
    for ids in _some(theirs):
        db.session.execute(delete(people).where(people.c.id.in_(ids)))
    db.session.expire_all()


def _some(values: Collection[T]) -> Iterator[list[T]]:
    """Go through many, some at a time."""
    left = iter(list(values))
    while some := list(islice(left, SOME)):
        yield some


def _encoded(row: Row) -> dict[str, list[Any]]:
    """Write each value with its kind: JSON has few."""
    return {name: _encode(value) for name, value in row.items()}


def _encode(value: Any) -> list[Any]:
    match value:
        case UUID():
            return ["id", str(value)]
        case datetime():
            return ["instant", value.isoformat()]
        case date():
            return ["day", value.isoformat()]
        case bytes():
            return ["bytes", base64.b64encode(value).decode("ascii")]
        case _:
            return ["", value]


READERS: Mapping[str, Callable[[Any], Any]] = {
    "id": UUID,
    "instant": datetime.fromisoformat,
    "day": date.fromisoformat,
    "bytes": base64.b64decode,
    "": lambda value: value,
}


def _decoded(facts: Mapping[str, list[Any]]) -> dict[str, Any]:
    return {name: READERS[kind](value) for name, (kind, value) in facts.items()}
