# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Waiting until cities have done all they have to, and telling what is left when they don't get there."""

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sqlalchemy import Select, func, select

from cop.base.db import db
from cop.base.mail import Mail
from cop.base.pending import PendingRequest, RequestState
from cop.sharing.models import DeliveryRecord, DeliveryState, PeerRecord, ReceivedActivity

STUCK_AFTER_S = 60

WAITING = PendingRequest.state == RequestState.WAITING
RECEIVED = ReceivedActivity.due_at.is_not(None)
DUE = DeliveryRecord.state == DeliveryState.DUE
#: what a city has to do
LEFT: dict[str, Select[Any]] = {
    "wishes without an answer": select(PendingRequest.kind).where(WAITING),
    "received and not handled": select(ReceivedActivity.outcome, ReceivedActivity.attempts).where(RECEIVED),
    "not delivered": select(DeliveryRecord.last_error, DeliveryRecord.attempts).where(DUE),
}
#: what may explain it
BESIDES: dict[str, Select[Any]] = {
    "partner cities that failed": select(PeerRecord.origin, PeerRecord.last_error).where(PeerRecord.failures > 0),
    "received in all": select(ReceivedActivity.outcome).where(~RECEIVED),
    "deliveries in all": select(DeliveryRecord.state, DeliveryRecord.last_error).where(~DUE),
    "mails not sent": select(Mail.attempts).where(Mail.due_at.is_not(None)),
}


class Inhabited(Protocol):
    """A city whose database can be looked into."""

    key: str

    def inside(self) -> AbstractContextManager[None]: ...


def settle(cities: Sequence[Inhabited]) -> float:
    """Wait until the cities have nothing left to do, however much that was; return how many seconds it took.

    Fails, and tells what is left, when nothing was done for a minute: what
    fails and is tried again is not done.
    """
    begun = moved_at = time.monotonic()
    done = -1
    while any(counted(city, LEFT) for city in cities):
        if (done_now := sum(done_by(city) for city in cities)) != done:
            done, moved_at = done_now, time.monotonic()
        assert time.monotonic() < moved_at + STUCK_AFTER_S, "nothing was done any more\n" + report(cities)
        time.sleep(0.5)
    return time.monotonic() - begun


def report(cities: Sequence[Inhabited]) -> str:
    """Say line by line what the cities still have to do, and what may explain it."""
    return "\n".join(f"{city.key}: {line}" for city in cities for line in counted(city, LEFT | BESIDES))


def counted(city: Inhabited, questions: dict[str, Select[Any]]) -> list[str]:
    """Count what each question finds, alike with alike: "not delivered: 12 (http_503, 3)"."""
    with city.inside():
        return [line for name, question in questions.items() for line in _lines(name, question)]


def done_by(city: Inhabited) -> int:
    """Count what a city has done: a number that rises as long as it works."""
    with city.inside():
        return sum(
            db.session.scalars(select(func.count()).where(is_done)).one() for is_done in (~WAITING, ~RECEIVED, ~DUE)
        )


def _lines(name: str, question: Select[Any]) -> Iterator[str]:
    kinds = list(question.selected_columns)
    for *kind, number in db.session.execute(question.add_columns(func.count()).group_by(*kinds)):
        yield f"{name}: {number} ({', '.join(str(one) for one in kind)})"
