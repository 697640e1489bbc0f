# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A lease: of several processes that could do a job, one does it."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import String, delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from cop.base.clock import now
from cop.base.db import Model, db, transaction

LASTS = timedelta(seconds=10)


class Lease(Model):
    """Who holds a job, and until when."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(40), unique=True)
    holder: Mapped[UUID]
    until: Mapped[datetime]


def take_lease(name: str, holder: UUID) -> bool:
    """Take or renew a lease for 10 s; tell whether `holder` has it now."""
    try:
        with transaction():
            if db.session.scalar(select(Lease.id).where(Lease.name == name)) is None:
                db.session.add(Lease(name=name, holder=holder, until=now() + LASTS))
                return True
            # nobody has it for longer than it lasts: the clock was set back since
            free = or_(Lease.holder == holder, Lease.until < now(), Lease.until > now() + LASTS)
            taken = db.session.execute(
                update(Lease).where(Lease.name == name, free).values(holder=holder, until=now() + LASTS)
            )
            return bool(taken.rowcount)  # type: ignore[attr-defined]
    except IntegrityError:  # the other process was first
        return False


def give_back_lease(name: str, holder: UUID) -> None:
    """Let the next process have it at once."""
    with transaction():
        db.session.execute(delete(Lease).where(Lease.name == name, Lease.holder == holder))
