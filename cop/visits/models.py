# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Visits: of our people in other cities, and of other cities' people here."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cop.accounts.models import BrowserSession
from cop.base.db import Model


class VisitConsent(Model):
    """Somebody of this city agreed that a city learns when they come."""

    __tablename__ = "visit_consent"
    __table_args__ = (UniqueConstraint("person_id", "city"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    city: Mapped[str] = mapped_column(String(200))
    given_at: Mapped[datetime]


class VisitCode(Model):
    """A code on its way through somebody's browser to the city they visit; exchanged once, within a minute."""

    __tablename__ = "visit_code"

    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    city: Mapped[str] = mapped_column(String(200))
    member_uri: Mapped[str] = mapped_column(String(300))
    #: the session here that the visit hangs on; no foreign key, since sessions go without asking
    session_id: Mapped[UUID]
    nonce: Mapped[str] = mapped_column(String(100))
    challenge: Mapped[str] = mapped_column(String(100))
    issued_at: Mapped[datetime] = mapped_column(index=True)


class VisitAbroad(Model):
    """A visit of one of our people that the visited city must be told the end of."""

    __tablename__ = "visit_abroad"

    #: how the two cities call it
    sid: Mapped[str] = mapped_column(String(36), unique=True)
    city: Mapped[str] = mapped_column(String(200))
    member_uri: Mapped[str] = mapped_column(String(300))
    #: no foreign key: that the session is gone is what ends the visit
    session_id: Mapped[UUID] = mapped_column(index=True)
    begun_at: Mapped[datetime]
    #: the person took back the consent
    ended_at: Mapped[datetime | None]
    #: tries to tell the visited city in vain, and not before when the next comes
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None]


class GuestSession(BrowserSession):
    """A browser of somebody of a partner city who visits one community here."""

    __tablename__ = "guest_session"

    membership_id: Mapped[UUID] = mapped_column(ForeignKey("membership.id", ondelete="CASCADE"), index=True)
    #: how the two cities call the visit
    sid: Mapped[str] = mapped_column(String(36), index=True)
