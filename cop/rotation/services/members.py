# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who takes turns."""

from uuid import UUID

from cop.base.clock import now
from cop.base.db import db, new_id
from cop.base.errors import Forbidden
from cop.base.instance import is_ours
from cop.base.pending import PendingRequest, ask_home
from cop.communities.models import Community, MembershipRecord
from cop.communities.queries import record_of
from cop.communities.rules import Membership
from cop.rotation.models import RotationMember
from cop.rotation.queries import my_turns
from cop.rotation.roles import ROLES
from cop.rotation.services.answers import pass_turn
from cop.rotation.services.foresight import foresee
from cop.rotation.services.rotations import find_member, rotation_of


def join_rotation(community: Community, person_id: UUID, role: str, *, knows_it: bool = False) -> RotationMember:
    """Let somebody take turns in a role; whoever comes back keeps what they owed.

    `knows_it`: they took part once before.
    """
    rotation = rotation_of(community, role)
    member = find_member(rotation, person_id)
    if member is None:
        member = RotationMember(id=new_id(), rotation_id=rotation.id, person_id=person_id, joined_at=now())
        member.knows_it = knows_it
        db.session.add(member)
    member.opted_in, member.paused_until = True, None
    member.knows_it = member.knows_it or knows_it
    db.session.flush()  # the rule reads it
    foresee(community.id, role)
    return member


def opt_out(community: Community, person_id: UUID, role: str) -> None:
    """Let somebody take no more turns in a role; those they have are passed on."""
    member = find_member(rotation_of(community, role), person_id)
    if member is None or not member.opted_in:
        return
    member.opted_in = False
    _pass_on_what_is_ahead(community, person_id, role)


def _pass_on_what_is_ahead(community: Community, person_id: UUID, role: str) -> None:
    db.session.flush()  # the rule reads who is left
    for turn in my_turns(person_id):
        if turn.community_id == community.id and turn.role == role:
            pass_turn(turn, person_id)
    foresee(community.id, role)


def take_turns(community: Community, member: Membership, *, knows_it: bool) -> None:
    """Take turns in every role, at the home; with it comes the consent that member cities see the name."""
    record = _record(community, member)
    record.shows_name = True
    for role in ROLES:
        join_rotation(community, member.person_id, role, knows_it=knows_it)


def stop_taking_turns(community: Community, member: Membership) -> None:
    """Take no more turns in any role, at the home."""
    _record(community, member)
    for role in ROLES:
        opt_out(community, member.person_id, role)


def wish_to_take_turns(community: Community, member: Membership, *, knows_it: bool) -> PendingRequest | None:
    """Take turns from now on, or ask the community's home for it."""
    if is_ours(community.origin):
        take_turns(community, member, knows_it=knows_it)
        return None
    record = _record(community, member)
    record.shows_name = True
    return ask_home(
        community.origin,
        "join_rotation",
        person_id=member.person_id,
        object_uri=community.uri,
        member_uri=record.uri,
        name=record.person.display_name,
        knows_it=knows_it,
    )


def wish_to_stop(community: Community, member: Membership) -> PendingRequest | None:
    """Take no more turns, or ask the community's home for it."""
    if is_ours(community.origin):
        stop_taking_turns(community, member)
        return None
    record = _record(community, member)
    return ask_home(
        community.origin,
        "leave_rotation",
        person_id=member.person_id,
        object_uri=community.uri,
        member_uri=record.uri,
    )


def _record(community: Community, member: Membership) -> MembershipRecord:
    record = record_of(community.id, member.person_id)
    if record is None or member.community_id != community.id:
        raise Forbidden
    return record
