# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Not asking twice while nothing changes: at the end of a transaction, where what it says is worked out."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy.orm import Session

from cop.base.db import db

ANSWERS = "cop.sharing.answers"
T = TypeVar("T")


@contextmanager
def nothing_changes(session: Session) -> Iterator[None]:
    """Keep what is asked inside, so that each thing is read and written out once however many are told of it."""
    session.info[ANSWERS] = {}
    try:
        yield
    finally:
        del session.info[ANSWERS]


def ask_once(key: Hashable, ask: Callable[[], T]) -> T:
    """Ask; while nothing changes, answer from memory the second time."""
    answers: dict[Hashable, T] | None = db.session.info.get(ANSWERS)
    if answers is None:
        return ask()
    if key not in answers:
        answers[key] = ask()
    return answers[key]
