# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Read models: who is signed in, on which devices, and what cities are called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, func, select

from cop.accounts.models import Account, KnownCity, LoginSession, Person
from cop.accounts.rules import is_over
from cop.base.clock import now
from cop.base.db import Columns, db, read
from cop.base.instance import City, this_city


@dataclass(frozen=True, slots=True)
class CurrentAccount:
    """Who is signed in, as a value: it outlives the transaction it was read in."""

    account_id: UUID
    person_id: UUID
    session_id: UUID
    display_name: str
    organisation: str
    unit: str
    email: str
    locale: str
    """The chosen language, or empty."""
    admin: bool


@dataclass(frozen=True, slots=True)
class Device:
    """A browser somebody is signed in with."""

    session_id: UUID
    name: str
    started_at: datetime
    used_at: datetime
    own: bool
    """The one that asks."""


@dataclass(frozen=True, slots=True)
class FoundSession:
    """A session that is not over, and whose it is."""

    account: CurrentAccount
    used_at: datetime


#: every request asks it, so it is put together once
_SESSION = (
    select(
        LoginSession.id,
        LoginSession.started_at,
        LoginSession.used_at,
        Account.id.label("account_id"),
        Account.email,
        Account.is_admin,
        Person.id.label("person_id"),
        Person.display_name,
        Person.organisation,
        Person.unit,
        Person.locale,
    )
    .join(Account, Account.id == LoginSession.account_id)
    .join(Person, Person.id == Account.person_id)
    .where(LoginSession.token_hash == bindparam("token_hash"), Account.deactivated_at.is_(None))
)


def unless_over(query: Select[*Columns], **values: object) -> Row[*Columns] | None:
    """Read the session that a query finds; None when there is none, or its time has passed.

    Args:
        query: names the columns `started_at` and `used_at`, and what else is wanted of the one session.
        values: of the query's parameters.
    """
    row = read(query, values).one_or_none()
    return None if row is None or is_over(started_at=row.started_at, used_at=row.used_at, now=now()) else row


def session_by_hash(token_hash: str) -> FoundSession | None:
    """Find the session of a cookie; None when it is over or its account is deactivated."""
    row = unless_over(_SESSION, token_hash=token_hash)
    if row is None:
        return None
    account = CurrentAccount(
        account_id=row.account_id,
        person_id=row.person_id,
        session_id=row.id,
        display_name=row.display_name,
        organisation=row.organisation,
        unit=row.unit,
        email=row.email,
        locale=row.locale,
        admin=row.is_admin,
    )
    return FoundSession(account, row.used_at)


def devices_of(account: CurrentAccount) -> list[Device]:
    """List the browsers somebody is signed in with: this one first, then the newest."""
    rows = db.session.scalars(
        select(LoginSession)
        .where(LoginSession.account_id == account.account_id)
        .order_by(LoginSession.started_at.desc(), LoginSession.id.desc())
    ).all()
    devices = [
        Device(row.id, row.device, row.started_at, row.used_at, row.id == account.session_id)
        for row in rows
        if not is_over(started_at=row.started_at, used_at=row.used_at, now=now())
    ]
    return sorted(devices, key=lambda device: not device.own)


_CITIES = select(
    KnownCity.origin, KnownCity.name, KnownCity.short, KnownCity.letters, KnownCity.hue, KnownCity.locale
).order_by(KnownCity.short)


def known_cities() -> Mapping[str, City]:
    """Return every city whose things are shown here, by origin; this one is always among them."""
    rows = read(_CITIES)
    ours = this_city()
    cities = {row.origin: City(*row, zone=ours.zone) for row in rows}
    return cities | {ours.origin: ours}


def accounts_of(email: str) -> Sequence[Account]:
    """Return the accounts with a mail address: one person may have one at each provider."""
    return db.session.scalars(select(Account).where(func.lower(Account.email) == email.strip().lower())).all()
