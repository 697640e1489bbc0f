# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""How the people of a community are named to other cities."""

from uuid import UUID, uuid4

from sqlalchemy import select

from cop.accounts.models import Person
from cop.accounts.queries import known_cities
from cop.accounts.services import remember_person
from cop.base.db import db
from cop.base.errors import NotFound
from cop.base.i18n import N_, translated
from cop.base.instance import is_ours, this_city
from cop.communities import queries
from cop.communities.models import Community, MembershipRecord

#: for somebody who shows neither name nor role
A_MEMBER = N_("Member")


def mint_member_uri() -> str:
    """Make the random id by which other cities know somebody in one community, and in no other."""
    return f"{this_city().origin}/m/{uuid4()}"


def member_uri(community_id: UUID, person_id: UUID) -> str:
    """Return how other cities know a person in a community.

    Raises:
        NotFound: when the person never joined it.
    """
    record = queries.record_of(community_id, person_id)
    if record is None:
        raise NotFound
    return record.uri


def person_by_member_uri(uri: str) -> Person | None:
    """Return whom a member's id names: somebody of this city, or of another."""
    record = db.session.scalar(select(MembershipRecord).where(MembershipRecord.uri == uri))
    return record.person if record is not None else db.session.scalar(select(Person).where(Person.uri == uri))


def person_named_by_home(community: Community, *, uri: str, origin: str, name: str) -> Person | None:
    """Return whom the home of a copy names: one of ours by the id they have in it, or somebody of another city.

    None for an id of ours that isn't of this community: no other city says what our people do.

    Raises:
        Forbidden: when the id is known from another community, or doesn't belong to that city.
    """
    if not is_ours(origin):
        return remember_person(uri, origin, name, named_by=community.origin)
    own = (MembershipRecord.uri == uri, MembershipRecord.community_id == community.id)
    record = db.session.scalar(select(MembershipRecord).where(*own))
    return record.person if record is not None else None


def member_origins(community: Community) -> set[str]:
    """Return the other cities with active members; known at the home only."""
    return set(queries.count_by_city(community.id)) - {this_city().origin}


def names_for_others(community_id: UUID) -> dict[UUID, str]:
    """Return what other cities call the people of this city in a community: by person, also those who left."""
    ours = select(MembershipRecord).join(Person, Person.id == MembershipRecord.person_id)
    ours = ours.where(MembershipRecord.community_id == community_id, Person.origin == this_city().origin)
    return {record.person_id: shown_name(record) for record in db.session.scalars(ours)}


def name_for_all(community: Community, person_id: UUID) -> str:
    """Return what a member is called where people of all the community's cities meet, in the reader's language.

    Where they are all of this city, the name; else what other cities see, and the city.

    Raises:
        NotFound: when the person never joined it.
    """
    record = queries.record_of(community.id, person_id)
    if record is None:
        raise NotFound
    if set(community.members_by_city) <= {this_city().origin}:
        return record.person.display_name
    city = known_cities().get(record.person.origin)
    return f"{translated(shown_name(record))}, {city.short}" if city else translated(shown_name(record))


def shown_name(record: MembershipRecord) -> str:
    """Return what other cities see: the name with consent, else the role.

    People of other cities come here under what they agreed to already.
    """
    if record.shows_name or not is_ours(record.person.origin):
        return record.person.display_name
    return record.role_title or A_MEMBER
