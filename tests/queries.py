# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Counting what a page asks the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from cop.base.db import db


class Queries(list):
    """The statements that were sent, in order."""


@contextmanager
def count_queries() -> Iterator[Queries]:
    """Collect the statements sent inside: `with count_queries() as sent: …; assert len(sent) == 4`."""
    sent = Queries()

    def remember(connection, cursor, statement, *others) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
            sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", remember)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", remember)
