# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Small writes of many threads, committed together: a commit costs more than what is in it."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlalchemy import Connection

from cop.base.db import db

T = TypeVar("T")
R = TypeVar("R")
#: so many hold the write lock for a few milliseconds
MOST = 100


@dataclass(slots=True)
class _Ticket(Generic[T, R]):
    """Something to be written, and what became of it; woken when it is done, or when it is its turn to write."""

    thing: T
    woken: threading.Event = field(default_factory=threading.Event)
    #: one value when it is written
    result: Sequence[R] = ()
    error: Exception | None = None

    @property
    def done(self) -> bool:
        return self.error is not None or len(self.result) == 1


class Together(Generic[T, R]):
    """Whoever comes first writes for all who wait, so that a hundred results cost one commit and not a hundred.

    Whose thing is written goes on at once: it waits neither for a lock nor for the next commit.

    Args:
        write: writes these in a transaction that is open, and returns what became of each.
    """

    def __init__(self, write: Callable[[Connection, Sequence[T]], Sequence[R]]) -> None:
        self._write = write
        self._guard = threading.Lock()
        self._writing = False
        self._waiting: list[_Ticket[T, R]] = []

    def keep(self, thing: T) -> R:
        """Return what became of it, when it is committed.

        Raises:
            DBAPIError: when it could not be.
        """
        ticket: _Ticket[T, R] = _Ticket(thing)
        with self._guard:
            self._waiting.append(ticket)
            somebody_writes, self._writing = self._writing, True
        if somebody_writes:
            ticket.woken.wait()
        if not ticket.done:
            self._write_some()
        if ticket.error is not None:
            raise ticket.error
        return ticket.result[0]

    def _write_some(self) -> None:
        """Write what waits, and let the first of those who came meanwhile write next."""
        with self._guard:
            some, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        try:
            with db.engine.connect().execution_options(cop_write=True) as connection, connection.begin():
                results = self._write(connection, [ticket.thing for ticket in some])
        except Exception as error:  # noqa: BLE001 - raised for each of them
            for ticket in some:
                ticket.error = error
        else:
            for ticket, result in zip(some, results, strict=True):
                ticket.result = (result,)
        for ticket in some:
            ticket.woken.set()
        with self._guard:
            if self._waiting:
                self._waiting[0].woken.set()
            else:
                self._writing = False
