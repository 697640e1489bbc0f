# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""People of this city and of others."""

from uuid import UUID

from sqlalchemy import select, update

from cop.accounts.models import Person
from cop.base.db import db
from cop.base.errors import Conflict, Forbidden
from cop.base.i18n import LOCALES, N_
from cop.base.instance import this_city


def choose_language(person_id: UUID, locale: str) -> None:
    """Keep the language somebody chose.

    Raises:
        Conflict: when there is no such language.
    """
    if locale not in LOCALES:
        raise Conflict(N_("Reihum does not speak this language."))
    db.session.execute(update(Person).where(Person.id == person_id).values(locale=locale))


def remember_person(uri: str, origin: str, display_name: str, organisation: str = "") -> Person:
    """Add somebody of another city, or keep what their city says of them now.

    Raises:
        Forbidden: when the id belongs to another city, or to this one.
    """
    person = db.session.scalar(select(Person).where(Person.uri == uri))
    if origin == this_city().origin or (person is not None and person.origin != origin):
        raise Forbidden
    if person is None:
        person = Person(origin=origin, uri=uri, display_name=display_name, organisation=organisation)
        db.session.add(person)
        db.session.flush()  # what they did refers to them
    person.display_name, person.organisation = display_name, organisation
    return person
