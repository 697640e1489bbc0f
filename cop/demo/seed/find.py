# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Look-ups of the demo's story."""

from typing import Any, TypeVar

from sqlalchemy import select

from cop.base.db import Model, db

M = TypeVar("M", bound=Model)


def by_name(model: type[M], name: str, *, column: str = "name") -> M:
    """Return the one row that is called so."""
    named: Any = getattr(model, column)
    return db.session.scalars(select(model).where(named == name)).one()
