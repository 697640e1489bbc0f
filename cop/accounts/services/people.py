# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""People of this city and of others."""

from uuid import UUID

from sqlalchemy import update

from cop.accounts.models import Person
from cop.base.db import db
from cop.base.errors import Conflict, Forbidden
from cop.base.found import by_uri
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


def remember_person(
    uri: str, origin: str, display_name: str, organisation: str = "", *, named_by: str | None = None
) -> Person:
    """Add somebody of another city, or keep what is said of them now.

    An id is of one community. So who told us of it first, besides the person's
    own city, is that community's home, and no third city says who they are.

    Args:
        uri: their random id in one community.
        origin: their own city.
        display_name: the name, or the role in its place, that they agreed to.
        organisation: where they work, when they agreed to that, too.
        named_by: the city that says so; their own unless told otherwise.

    Raises:
        Forbidden: when the id belongs to another city, or to this one, or somebody else told us of it.
    """
    named_by = named_by or origin
    person = by_uri(Person, uri)
    if origin == this_city().origin or (person is not None and not _may_name(person, origin, named_by)):
        raise Forbidden
    if person is None:
        person = Person(origin=origin, uri=uri, display_name=display_name, named_by=named_by)
        db.session.add(person)
        db.session.flush()  # what they did refers to them
    person.named_by = person.named_by or named_by
    person.display_name, person.organisation = display_name, organisation
    return person


def _may_name(person: Person, origin: str, named_by: str) -> bool:
    return person.origin == origin and named_by in {origin, person.named_by or named_by}
