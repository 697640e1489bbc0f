# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Small writes of many threads: each is committed when its thread goes on, and a failure holds up nobody else."""

import threading
from collections.abc import Sequence

import pytest
from flask import Flask
from sqlalchemy import Connection

from cop.sharing.stores.together import Together

WITHIN_S = 30


class Book:
    """What was written, batch by batch; the first batch waits until it may, and one number can't be written."""

    def __init__(self, *, bad: int | None = None) -> None:
        self.batches: list[list[int]] = []
        self.failed: list[int] = []
        self.written: list[int] = []
        self.begun, self.may_go_on = threading.Event(), threading.Event()
        self._bad = bad
        self.writes = Together(self._write)

    def _write(self, connection: Connection, numbers: Sequence[int]) -> Sequence[str]:
        self.begun.set()
        assert self.may_go_on.wait(WITHIN_S)
        if self._bad in numbers:
            raise ValueError("can't be written")
        self.batches.append(list(numbers))
        return [f"number {number}" for number in numbers]

    def keep(self, app: Flask, number: int) -> threading.Thread:
        """Write a number from a thread of its own."""

        def run() -> None:
            with app.app_context():
                try:
                    assert self.writes.keep(number) == f"number {number}"
                    self.written.append(number)
                except ValueError:
                    self.failed.append(number)

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def keep_behind_the_first(self, app: Flask, numbers: Sequence[int]) -> None:
        """Write the first number, and while that goes on all others."""
        threads = [self.keep(app, numbers[0])]
        assert self.begun.wait(WITHIN_S)
        threads += [self.keep(app, number) for number in numbers[1:]]
        while len(self.writes._waiting) < len(numbers) - 1:
            threads[0].join(0.01)
        self.may_go_on.set()
        for thread in threads:
            thread.join(WITHIN_S)


def test_what_comes_while_one_writes_is_written_together(app: Flask) -> None:
    book = Book()

    book.keep_behind_the_first(app, range(20))

    assert [sorted(batch) for batch in book.batches] == [[0], list(range(1, 20))]
    assert sorted(book.written) == list(range(20))


@pytest.mark.parametrize("bad", [0, 5])
def test_who_could_not_be_written_hears_it_and_the_next_goes_on(app: Flask, bad: int) -> None:
    book = Book(bad=bad)

    book.keep_behind_the_first(app, range(10))
    book.keep(app, 99).join(WITHIN_S)

    assert sorted(book.failed) == ([0] if bad == 0 else list(range(1, 10)))
    assert book.batches[-1] == [99]
