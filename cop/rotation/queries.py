# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What pages and the rule read: who takes turns, whose turn it is."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select

from cop.base.clock import now
from cop.base.db import db
from cop.base.found import by_uri
from cop.rotation.models import HELD, OPEN, Assignment, Rotation, RotationMember, TurnState
from cop.rotation.rules import Candidate, PastTurn

_TURNS = (
    select(Assignment)
    .where(Assignment.occasion_uri == bindparam("occasion_uri"), Assignment.state != TurnState.CANCELLED)
    .order_by(Assignment.role)
)


def turns_of(occasion_uri: str) -> list[Assignment]:
    """Return the turns of an occasion, moderator before organiser."""
    return list(db.session.scalars(_TURNS, {"occasion_uri": occasion_uri}))


def turn_by_uri(uri: str) -> Assignment | None:
    return by_uri(Assignment, uri)


def my_turns(person_id: UUID) -> list[Assignment]:
    """Return the turns somebody has ahead, the next one first."""
    return list(
        db.session.scalars(
            select(Assignment)
            .where(
                Assignment.person_id == person_id,
                Assignment.state.in_({TurnState.PROPOSED, TurnState.CONFIRMED}),
                Assignment.occasion_at > now(),
            )
            .order_by(Assignment.occasion_at, Assignment.role)
        )
    )


def members_of(community_id: UUID, role: str) -> Sequence[RotationMember]:
    """Return who takes turns in a role; at a copy only people of this city."""
    return db.session.scalars(
        select(RotationMember)
        .join(Rotation)
        .where(Rotation.community_id == community_id, Rotation.role == role, RotationMember.opted_in)
        .order_by(RotationMember.joined_at, RotationMember.id)
    ).all()


def takes_turns(community_id: UUID, person_id: UUID) -> bool:
    """Tell whether somebody takes turns in any role."""
    found = (
        select(RotationMember.id)
        .join(Rotation)
        .where(Rotation.community_id == community_id, RotationMember.person_id == person_id, RotationMember.opted_in)
    )
    return db.session.scalar(found.limit(1)) is not None


def candidates_for(
    community_id: UUID, role: str, occasion_uri: str, at: datetime, away: Collection[UUID]
) -> list[Candidate]:
    busy = {turn.person_id for turn in turns_of(occasion_uri) if turn.role != role and turn.state in OPEN}
    return [
        Candidate(
            person=member.person_id,
            city=member.person.origin,
            knows_it=member.knows_it,
            away=member.person_id in away or (member.paused_until is not None and member.paused_until > at),
            has_other_role=member.person_id in busy,
        )
        for member in members_of(community_id, role)
    ]


def past_turns(community_id: UUID, role: str, *, but: Assignment | None = None) -> list[PastTurn]:
    """Return the turns that somebody had or will have; a turn nobody took counts for nobody."""
    held = db.session.scalars(
        select(Assignment).where(
            Assignment.community_id == community_id, Assignment.role == role, Assignment.state.in_(HELD)
        )
    )
    return [
        PastTurn(turn.occasion_at, frozenset(map(UUID, turn.eligible)), turn.person_id, turn.person.origin)
        for turn in held
        if turn is not but and turn.person is not None
    ]
