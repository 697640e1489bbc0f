# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Requests on their way to another city.

Whoever acts on a thing whose home is elsewhere changes nothing here: the wish
waits as a row, its home answers, and pages show what is on its way or was refused.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from cop.base.clock import now
from cop.base.db import Model, db, new_id
from cop.base.events import Event, publish


class RequestState(StrEnum):
    """Where a request is."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class PendingRequest(Model):
    """What a person of this city asked another city to do."""

    __tablename__ = "pending_request"

    #: whose wish; no foreign key, since base knows no person
    person_id: Mapped[UUID] = mapped_column(index=True)
    home: Mapped[str] = mapped_column(String(200), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    object_uri: Mapped[str] = mapped_column(String(300), index=True)
    #: what the home needs to know, in the feature's words
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[RequestState] = mapped_column(String(10), default=RequestState.WAITING)
    reason: Mapped[str | None] = mapped_column(Text)
    made_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class RequestMade(Event):
    """A person here wants something of another city."""

    request_id: UUID


def ask_home(home: str, kind: str, *, person_id: UUID, object_uri: str, **details: Any) -> PendingRequest:
    """Write down a wish for the home of `object_uri`; it is sent after the commit."""
    wish = PendingRequest(
        id=new_id(),
        home=home,
        kind=kind,
        person_id=person_id,
        object_uri=object_uri,
        details=details,
        state=RequestState.WAITING,
        made_at=now(),
    )
    db.session.add(wish)
    db.session.flush()  # the subscriber reads it by its id
    publish(RequestMade(wish.id))
    return wish


def waiting_for(person_id: UUID, *object_uris: str) -> list[PendingRequest]:
    """Return a person's requests about these things that are on their way or were refused, oldest first."""
    return list(
        db.session.scalars(
            select(PendingRequest)
            .where(
                PendingRequest.person_id == person_id,
                PendingRequest.object_uri.in_(object_uris),
                PendingRequest.state != RequestState.ACCEPTED,
            )
            .order_by(PendingRequest.made_at)
        )
    )


def last_accepted(object_uri: str, *kinds: str) -> list[PendingRequest]:
    """Return the last request of these kinds that the home accepted, of each person who made one about a thing."""
    found = db.session.scalars(
        select(PendingRequest)
        .where(
            PendingRequest.object_uri == object_uri,
            PendingRequest.kind.in_(kinds),
            PendingRequest.state == RequestState.ACCEPTED,
        )
        .order_by(PendingRequest.made_at, PendingRequest.id)
    )
    return list({wish.person_id: wish for wish in found}.values())


def settle(wish: PendingRequest, state: RequestState, reason: str | None = None) -> None:
    """Keep the home's answer."""
    wish.state, wish.reason, wish.answered_at = state, reason, now()
