# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Becoming a member and ceasing to be one, at the community's home."""

from cop.accounts.models import Person
from cop.base.clock import now
from cop.base.db import db, lock, new_id
from cop.base.errors import Conflict, Forbidden
from cop.base.events import publish
from cop.base.i18n import N_
from cop.base.instance import is_ours
from cop.communities import queries
from cop.communities.events import JoinAsked, JoinRefused, MemberJoined, MemberLeft
from cop.communities.models import Community, MembershipRecord
from cop.communities.rules import Invitation, Membership, MemberState, Role, state_after_asking
from cop.communities.services.founding import recount, require_home
from cop.communities.services.people import mint_member_uri

PRESENT = frozenset({MemberState.ASKED, MemberState.ACTIVE})
BY_INVITATION = N_("One becomes a member of this community by invitation.")


def ask_to_join(
    community: Community,
    person: Person,
    *,
    uri: str | None = None,
    shows_name: bool,
    role_title: str,
    invitation: Invitation | None = None,
) -> MembershipRecord:
    """Become a member, or wait for a coordinator; who asked or joined before stays as they are.

    A person of another city brings their id, `uri`; for our own it is made here.

    Raises:
        Conflict: where one is invited, or when the community's home is elsewhere.
    """
    require_home(community)
    lock(community)
    record = queries.record_of(community.id, person.id)
    invited = invitation is not None and invitation.community_id == community.id
    if record is not None and (
        record.state == MemberState.ACTIVE or (record.state == MemberState.ASKED and not invited)
    ):
        return record
    wanted = state_after_asking(community.join_mode, invited=invited)
    if wanted is None:
        raise Conflict(BY_INVITATION)
    record = write_wish(community, person, uri=uri, shows_name=shows_name, role_title=role_title)
    if wanted == MemberState.ACTIVE:
        _admit(record)
    else:
        db.session.flush()  # subscribers read the row
        publish(JoinAsked(record.id))
    return record


def write_wish(
    community: Community, person: Person, *, uri: str | None, shows_name: bool, role_title: str
) -> MembershipRecord:
    """Write down that somebody wants to be a member: a new row, or the old one of somebody who comes back."""
    record = queries.record_of(community.id, person.id)
    if record is None:
        record = MembershipRecord(id=new_id(), community=community, person=person, uri=uri or mint_member_uri())
        db.session.add(record)
    record.role, record.state, record.reason = Role.MEMBER, MemberState.ASKED, ""
    record.shows_name, record.role_title = shows_name, role_title
    record.asked_at, record.joined_at = now(), None
    return record


def accept_member(record: MembershipRecord, coordinator: Membership) -> None:
    """Let somebody in who asked.

    Raises:
        Forbidden: for whoever doesn't coordinate the community.
        Conflict: when nobody is asking any more.
    """
    _decide(record, coordinator)
    if record.state == MemberState.REFUSED:
        raise Conflict(N_("This request was refused already."))
    if record.state == MemberState.ASKED:
        _admit(record)


def refuse_member(record: MembershipRecord, coordinator: Membership, *, reason: str = "") -> None:
    """Say no to somebody who asked, with a word why.

    Raises:
        Forbidden: for whoever doesn't coordinate the community.
        Conflict: when nobody is asking any more.
    """
    _decide(record, coordinator)
    if record.state == MemberState.ACTIVE:
        raise Conflict(N_("This person is a member already."))
    if record.state == MemberState.REFUSED:
        return
    record.state, record.reason = MemberState.REFUSED, reason
    db.session.flush()  # subscribers read the row
    publish(JoinRefused(record.id))


def change_role(record: MembershipRecord, coordinator: Membership, role: Role) -> None:
    """Make a member of the home city a coordinator, or a member again.

    Raises:
        Forbidden: for whoever doesn't coordinate the community, and for people of other cities.
        Conflict: when nobody would be left to coordinate.
    """
    _require_coordinator(record, coordinator)
    lock(record.community)
    if not is_ours(record.person.origin) or record.state != MemberState.ACTIVE:
        raise Forbidden(N_("Only members from this city can coordinate."))
    if role == Role.MEMBER:
        _require_another_coordinator(record)
    record.role = role


def leave(record: MembershipRecord) -> None:
    """Cease to be a member; to leave twice is to leave once.

    Raises:
        Conflict: when nobody would be left to coordinate.
    """
    here = is_ours(record.community.origin)
    if here:
        lock(record.community)
        db.session.refresh(record)
    if record.state not in PRESENT:
        return
    was_member = record.state == MemberState.ACTIVE
    if here and was_member:
        _require_another_coordinator(record)
    record.state, record.role, record.joined_at = MemberState.LEFT, Role.MEMBER, None
    if was_member:
        if here:
            recount(record.community)
        publish(MemberLeft(record.id))


def _admit(record: MembershipRecord) -> None:
    record.state, record.joined_at = MemberState.ACTIVE, now()
    recount(record.community)
    publish(MemberJoined(record.id))


def _decide(record: MembershipRecord, coordinator: Membership) -> None:
    _require_coordinator(record, coordinator)
    lock(record.community)
    # somebody else may have decided while we waited
    db.session.refresh(record)
    if record.state == MemberState.LEFT:
        raise Conflict(N_("This person no longer asks to join."))


def _require_coordinator(record: MembershipRecord, coordinator: Membership) -> None:
    if coordinator.community_id != record.community_id or not coordinator.coordinates:
        raise Forbidden(N_("Only coordinators of this community can do that."))
    require_home(record.community)


def _require_another_coordinator(record: MembershipRecord) -> None:
    others = {other.id for other in queries.coordinators_of(record.community_id)} - {record.id}
    if record.role == Role.COORDINATOR and not others:
        raise Conflict(N_("You are the last coordinator. Ask somebody else to coordinate first."))
