# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What pages and services read about communities."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased, contains_eager, lazyload

from cop.accounts.models import Person
from cop.base.audience import SHOWN_TO_PEERS, Audience
from cop.base.db import db
from cop.base.errors import NotFound
from cop.base.found import by_uri
from cop.base.i18n import N_
from cop.base.instance import this_city
from cop.communities.models import Community, MembershipRecord
from cop.communities.rules import MemberState, Role


class Whose(StrEnum):
    """Which communities a list shows."""

    ALL = "all"
    MINE = "mine"
    CITY = "city"
    PARTNERS = "partners"


@dataclass(frozen=True, slots=True)
class CommunityRow:
    """A community in a list, with where the reader's membership is."""

    community: Community
    state: MemberState | None


def visible_to(person_id: UUID) -> ColumnElement[bool]:
    """Return the condition under which a person of this city may see a `Community`; as `rules.may_see`."""
    return or_(
        Community.visibility.in_(SHOWN_TO_PEERS),
        and_(Community.visibility == Audience.CITY, Community.origin == this_city().origin, is_staff(person_id)),
        has_member(person_id),
    )


def is_staff(person_id: UUID | BindParameter[UUID]) -> ColumnElement[bool]:
    """Return the condition that a person is of this city: visitors read here, too."""
    return exists().where(Person.id == person_id, Person.origin == this_city().origin)


def has_member(
    person_id: UUID | BindParameter[UUID], community_id: InstrumentedAttribute[Any] = Community.id
) -> ColumnElement[bool]:
    """Return the condition that a person is an active member: of a `Community`, or of what the column names."""
    # an alias: the query around it may have memberships of its own
    own = aliased(MembershipRecord)
    return exists().where(own.community_id == community_id, own.person_id == person_id, own.state == MemberState.ACTIVE)


def visible(community_id: UUID, person_id: UUID) -> Community:
    """Return a community that a person of this city may see.

    Raises:
        NotFound: when there is none, or not for this person.
    """
    found = db.session.scalar(select(Community).where(Community.id == community_id, visible_to(person_id)))
    if found is None:
        raise NotFound(N_("This community does not exist."))
    return found


def list_communities(person_id: UUID, *, whose: Whose = Whose.ALL, words: str = "") -> list[CommunityRow]:
    """Return the communities a person may see, by name."""
    wanted = [visible_to(person_id), *_chosen(person_id, whose)]
    if words:
        wanted.append(or_(*(column.icontains(words, autoescape=True) for column in (Community.name, Community.domain))))
    own = and_(MembershipRecord.community_id == Community.id, MembershipRecord.person_id == person_id)
    found = db.session.execute(
        select(Community, MembershipRecord.state)
        .outerjoin(MembershipRecord, own)
        .where(*wanted)
        .order_by(func.lower(Community.name), Community.id)
    )
    return [CommunityRow(community, state and MemberState(state)) for community, state in found]


def _chosen(person_id: UUID, whose: Whose) -> list[ColumnElement[bool]]:
    here = this_city().origin
    chosen: dict[Whose, list[ColumnElement[bool]]] = {
        Whose.ALL: [],
        Whose.MINE: [has_member(person_id)],
        Whose.CITY: [Community.origin == here],
        Whose.PARTNERS: [Community.origin != here],
    }
    return chosen[whose]


def communities_of(person_id: UUID) -> list[Community]:
    """Return the communities of which a person is an active member, by name."""
    return list(db.session.scalars(select(Community).where(has_member(person_id)).order_by(func.lower(Community.name))))


def family_of(community: Community, person_id: UUID) -> tuple[Community | None, Sequence[Community]]:
    """Return parent and subgroups, as far as a person may see them."""
    seen = visible_to(person_id)
    parent = db.session.scalar(select(Community).where(Community.id == community.parent_id, seen))
    return parent, db.session.scalars(
        select(Community).where(Community.parent_id == community.id, seen).order_by(func.lower(Community.name))
    ).all()


def community_by_uri(uri: str) -> Community | None:
    return by_uri(Community, uri)


#: nearly every page asks it, so it is put together once
_RECORD = (
    select(MembershipRecord)
    .where(
        MembershipRecord.community_id == bindparam("community_id"), MembershipRecord.person_id == bindparam("person_id")
    )
    .options(lazyload(MembershipRecord.person))
)


def record_of(community_id: UUID, person_id: UUID) -> MembershipRecord | None:
    """Return a person's membership, in whatever state."""
    return db.session.scalar(_RECORD, {"community_id": community_id, "person_id": person_id})


def members_of(community_id: UUID, state: MemberState = MemberState.ACTIVE) -> list[MembershipRecord]:
    """Return the memberships in one state with their people, oldest first; at a copy only people of this city."""
    return list(
        db.session.scalars(
            select(MembershipRecord)
            .join(MembershipRecord.person)
            .options(contains_eager(MembershipRecord.person))
            .where(MembershipRecord.community_id == community_id, MembershipRecord.state == state)
            .order_by(MembershipRecord.asked_at, MembershipRecord.id)
        )
    )


def waiting_requests(coordinator_id: UUID) -> list[tuple[Community, int]]:
    """Return where a coordinator is asked to let people in, and how many wait there."""
    led, asking = aliased(MembershipRecord), MembershipRecord
    rows = db.session.execute(
        select(Community, func.count(asking.id))
        .join(asking, asking.community_id == Community.id)
        .join(led, led.community_id == Community.id)
        .where(
            led.person_id == coordinator_id,
            led.role == Role.COORDINATOR,
            led.state == MemberState.ACTIVE,
            asking.state == MemberState.ASKED,
            Community.origin == this_city().origin,
        )
        .group_by(Community.id)
        .order_by(Community.name)
    )
    return [(community, number) for community, number in rows]


def coordinators_of(community_id: UUID) -> list[MembershipRecord]:
    """Return the active coordinators; known at the home only."""
    return [record for record in members_of(community_id) if record.role == Role.COORDINATOR]


def count_by_city(community_id: UUID) -> dict[str, int]:
    """Count the active members of each origin."""
    counted = db.session.execute(
        select(Person.origin, func.count().label("people"))
        .join(MembershipRecord, MembershipRecord.person_id == Person.id)
        .where(MembershipRecord.community_id == community_id, MembershipRecord.state == MemberState.ACTIVE)
        .group_by(Person.origin)
        .order_by(Person.origin)
    )
    return {row.origin: row.people for row in counted}
