# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Copies of turns whose home is elsewhere: the home's word replaces ours."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from cop.accounts.models import Person
from cop.base.clock import now
from cop.base.db import db, new_id
from cop.base.errors import Forbidden
from cop.base.events import publish
from cop.base.instance import is_ours
from cop.communities.models import Community
from cop.communities.queries import community_by_uri
from cop.communities.services import person_named_by_home
from cop.rotation.events import TurnAssigned, TurnChanged
from cop.rotation.models import Assignment, RotationMember, TurnState
from cop.rotation.queries import turn_by_uri
from cop.rotation.roles import ROLES
from cop.rotation.services.rotations import find_member, rotation_of


def apply_copy(
    *,
    uri: str,
    origin: str,
    rev: int,
    community_uri: str,
    role: str,
    occasion_uri: str,
    occasion_at: datetime,
    person: Mapping[str, str] | None,
    state: str,
    source: str,
    reasons: Sequence[Mapping[str, Any]],
    followers: Sequence[Mapping[str, Any]],
) -> Assignment | None:
    """Add the copy of a turn, or replace it when `rev` is higher; return None when it is old news.

    `person` has `uri`, `name` and `city_origin`; one of ours is known by their id in the community.

    Raises:
        Forbidden: when the turn, its community or its occasion belongs to another city, or to this one, or when
            somebody of ours is named who isn't in the community.
    """
    community = community_by_uri(community_uri)
    turn = _copy(uri, origin)
    # who has a turn at an occasion may lead it: only its own home gives turns there
    if community is None or community.origin != origin or not occasion_uri.startswith(f"{origin}/"):
        raise Forbidden
    if turn is not None and turn.rev >= rev:
        return None
    holder = _person(community, person) if person is not None else None
    turn = turn or Assignment(id=new_id(), uri=uri, origin=origin, eligible=[], declined=[])
    before = turn.person_id
    turn.rev, turn.community_id, turn.role = rev, community.id, role
    turn.occasion_uri, turn.occasion_at = occasion_uri, occasion_at
    turn.person_id, turn.state, turn.source = holder.id if holder is not None else None, TurnState(state), source
    turn.reasons = [dict(reason) for reason in reasons]
    turn.followers = [dict(follower) for follower in followers]
    db.session.add(turn)
    db.session.flush()  # subscribers read it by its id
    db.session.refresh(turn, ["person"])
    new = holder is not None and holder.id != before and turn.state == TurnState.PROPOSED
    publish(TurnAssigned(turn.id) if new else TurnChanged(turn.id))
    return turn


def forget_copy(uri: str, origin: str) -> None:
    """Forget a turn that its home deleted.

    Raises:
        Forbidden: when it belongs to another city, or to this one.
    """
    turn = _copy(uri, origin)
    if turn is not None:
        db.session.delete(turn)


def keep_own_choice(community: Community, person_id: UUID, *, takes_turns: bool) -> None:
    """Keep at the copy whether somebody of this city takes turns, as the home accepted it."""
    for role in ROLES:
        rotation = rotation_of(community, role)
        member = find_member(rotation, person_id)
        if member is None and takes_turns:
            member = RotationMember(id=new_id(), rotation_id=rotation.id, person_id=person_id, joined_at=now())
            db.session.add(member)
        if member is not None:
            member.opted_in = takes_turns


def _person(community: Community, said: Mapping[str, str]) -> Person:
    person = person_named_by_home(community, uri=said["uri"], origin=said["city_origin"], name=said["name"])
    if person is None:
        raise Forbidden
    return person


def _copy(uri: str, origin: str) -> Assignment | None:
    turn = turn_by_uri(uri)
    if is_ours(origin) or (turn is not None and turn.origin != origin):
        raise Forbidden
    return turn
