# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Small writes of many threads, committed together: a commit costs more than what is in it."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cop.base.db import db

T = TypeVar("T")
#: so many hold the write lock for a few milliseconds
MOST = 100


@dataclass(slots=True)
class _Ticket(Generic[T]):
    """Something to be written, and what became of it."""

    thing: T
    done: bool = False
    error: DBAPIError | None = None


class Together(Generic[T]):
    """Whoever gets the lock writes for all who wait, so that a hundred results cost one commit and not a hundred.

    Args:
        write: writes these in a transaction that is open.
    """

    def __init__(self, write: Callable[[Connection, Sequence[T]], None]) -> None:
        self._write = write
        self._guard = threading.Lock()
        self._writing = threading.Lock()
        self._waiting: list[_Ticket[T]] = []

    def keep(self, thing: T) -> None:
        """Return when it is committed.

        Raises:
            DBAPIError: when it could not be.
        """
        ticket = _Ticket(thing)
        with self._guard:
            self._waiting.append(ticket)
        with self._writing:
            while not ticket.done:
                self._write_some()
        if ticket.error is not None:
            raise ticket.error

    def _write_some(self) -> None:
        with self._guard:
            some, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        try:
            with db.engine.connect().execution_options(cop_write=True) as connection, connection.begin():
                self._write(connection, [ticket.thing for ticket in some])
        except DBAPIError as error:
            for ticket in some:
                ticket.error = error
        for ticket in some:
            ticket.done = True
