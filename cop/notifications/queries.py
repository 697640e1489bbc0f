# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who gets a mail, and what somebody switched off."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from cop.accounts.models import Account, Person
from cop.base.db import db
from cop.notifications.models import Kind, NotificationChoice


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody of this city who gets a mail."""

    name: str
    email: str
    #: the chosen language, or empty
    locale: str


def readers(person_ids: Iterable[UUID], kind: Kind) -> list[Reader]:
    """Return who of these people gets mails of a kind: an active account with an address, not switched off."""
    switched_off = select(NotificationChoice.person_id).where(NotificationChoice.kind == kind)
    found = db.session.execute(
        select(Person.display_name, Account.email, Person.locale)
        .join(Account, Account.person_id == Person.id)
        .where(
            Person.id.in_(list(person_ids)),
            Account.email != "",
            Account.deactivated_at.is_(None),
            Person.id.not_in(switched_off),
        )
        .order_by(Person.id)
    )
    return [Reader(*row) for row in found]


def switched_off_by(person_id: UUID) -> set[Kind]:
    """Return the kinds of mail that somebody doesn't want."""
    found = db.session.scalars(select(NotificationChoice.kind).where(NotificationChoice.person_id == person_id))
    return {Kind(kind) for kind in found}
