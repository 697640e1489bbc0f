# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who may go where, who is here, and whose visit is over."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, exists, or_, select

from cop.accounts.models import LoginSession, Person
from cop.accounts.queries import unless_over
from cop.accounts.rules import LONGEST
from cop.accounts.visitor import Visitor
from cop.base.audience import Audience
from cop.base.clock import now
from cop.base.db import db
from cop.base.instance import this_city
from cop.communities.models import Community, MembershipRecord, MemberState
from cop.sharing.models import PeerRecord
from cop.sharing.visiting import receives_our_people, sends_us_people
from cop.visits.models import GuestSession, VisitAbroad, VisitConsent

#: told in one go
MOST = 100


@dataclass(frozen=True, slots=True)
class Found:
    """A visit here that goes on."""

    visitor: Visitor
    used_at: datetime


#: asked at each request of a visitor: membership, partnership and community must still be what they were
_GUEST = (
    select(
        GuestSession.id,
        GuestSession.started_at,
        GuestSession.used_at,
        Person.id.label("person_id"),
        Person.display_name,
        Person.origin,
        MembershipRecord.community_id,
        Community.name,
    )
    .join(MembershipRecord, MembershipRecord.id == GuestSession.membership_id)
    .join(Person, Person.id == MembershipRecord.person_id)
    .join(Community, Community.id == MembershipRecord.community_id)
    .join(PeerRecord, PeerRecord.origin == Person.origin)
    .where(
        GuestSession.token_hash == bindparam("token_hash"),
        MembershipRecord.state == MemberState.ACTIVE,
        Community.visibility != Audience.CITY,
        Community.origin == bindparam("here"),
        sends_us_people(),
    )
)


def guest_by_hash(token_hash: str) -> Found | None:
    """Find the visit of a cookie; None when it is over, or the member, the partnership or the level is gone."""
    row = unless_over(_GUEST, token_hash=token_hash, here=this_city().origin)
    if row is None:
        return None
    visitor = Visitor(
        session_id=row.id,
        person_id=row.person_id,
        community_id=row.community_id,
        display_name=row.display_name,
        origin=row.origin,
        community=row.name,
    )
    return Found(visitor, row.used_at)


def guest_of(member_uri: str, *, city: str) -> MembershipRecord | None:
    """Return the membership here that somebody of a city may visit by."""
    return db.session.scalar(
        select(MembershipRecord)
        .join(Person, Person.id == MembershipRecord.person_id)
        .join(Community, Community.id == MembershipRecord.community_id)
        .where(
            MembershipRecord.uri == member_uri,
            MembershipRecord.state == MemberState.ACTIVE,
            Person.origin == city,
            Community.origin == this_city().origin,
            Community.visibility != Audience.CITY,
        )
    )


def own_member(member_uri: str, *, city: str, person_id: UUID | None = None) -> MembershipRecord | None:
    """Return the membership of one of our people, of this one if one is given, in a community of a city's."""
    wanted = [
        MembershipRecord.uri == member_uri,
        MembershipRecord.state == MemberState.ACTIVE,
        Person.origin == this_city().origin,
        Community.origin == city,
    ]
    if person_id is not None:
        wanted.append(Person.id == person_id)
    return db.session.scalar(
        select(MembershipRecord)
        .join(Person, Person.id == MembershipRecord.person_id)
        .join(Community, Community.id == MembershipRecord.community_id)
        .where(*wanted)
    )


def has_consented(person_id: UUID, city: str) -> bool:
    """Tell whether somebody agreed that a city learns when they come."""
    agreed = select(VisitConsent.id).where(VisitConsent.person_id == person_id, VisitConsent.city == city)
    return db.session.scalar(agreed) is not None


def consents_of(person_id: UUID) -> list[VisitConsent]:
    """Return the cities that somebody agreed to visit, oldest first."""
    mine = select(VisitConsent).where(VisitConsent.person_id == person_id).order_by(VisitConsent.given_at)
    return list(db.session.scalars(mine))


def session_stands(session_id: UUID) -> bool:
    """Tell whether a session of ours goes on."""
    session = select(LoginSession.started_at, LoginSession.used_at).where(LoginSession.id == session_id)
    return unless_over(session) is not None


def visits_to_end() -> list[VisitAbroad]:
    """Return the visits that are over and whose city is to be told now.

    The session here ended, or the membership did, or the consent was taken
    back, or we no longer let our people go there.
    """
    session = exists().where(LoginSession.id == VisitAbroad.session_id, LoginSession.started_at > now() - LONGEST)
    member = exists().where(
        MembershipRecord.uri == VisitAbroad.member_uri, MembershipRecord.state == MemberState.ACTIVE
    )
    partner = exists().where(PeerRecord.origin == VisitAbroad.city, receives_our_people())
    over = or_(VisitAbroad.ended_at.is_not(None), ~session, ~member, ~partner)
    due = or_(VisitAbroad.next_try_at.is_(None), VisitAbroad.next_try_at <= now())
    return list(db.session.scalars(select(VisitAbroad).where(over, due).order_by(VisitAbroad.begun_at).limit(MOST)))
