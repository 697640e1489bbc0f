# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The demo's people in a city's database: accounts, as if they had signed in once."""

from uuid import UUID

from sqlalchemy import select

from cop.accounts.models import Account, Person
from cop.accounts.rules import Identity
from cop.accounts.services import sign_in
from cop.base.db import db
from cop.devidp.realms import Persona
from cop.settings import Settings


def enter(settings: Settings, personas: tuple[Persona, ...]) -> None:
    """Sign each persona in once."""
    issuer = settings.issuers[0]
    for persona in personas:
        sign_in(
            Identity(
                issuer=issuer.url,
                subject=persona.subject,
                name=persona.name,
                email=persona.email,
                organisation=persona.organisation,
                unit=persona.unit,
                admin=issuer.admin_role in persona.groups,
            )
        ).person.locale = settings.locale


def person(subject: str) -> Person:
    """Return a persona of this city by its subject."""
    return db.session.scalars(select(Person).join(Account).where(Account.subject == subject)).one()


def person_id(subject: str) -> UUID:
    """Return a persona's id."""
    return person(subject).id
