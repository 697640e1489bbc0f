# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The only ways to a `Membership`."""

from uuid import UUID

from sqlalchemy import select

from cop.base.db import db
from cop.base.errors import Forbidden
from cop.base.i18n import N_
from cop.communities import queries
from cop.communities.models import Community, MembershipRecord
from cop.communities.rules import Membership, MemberState, Role

MEMBERS_ONLY = N_("Members only.")


class MembersOnly(Forbidden):
    """Somebody may see that there is a community, but not this of it."""

    def __init__(self, community_id: UUID) -> None:
        """Keep which community it is, so that the page can lead there."""
        super().__init__(MEMBERS_ONLY)
        self.community_id = community_id


def require_member(community_id: UUID, person_id: UUID) -> Membership:
    """Prove that a person of this city is an active member.

    Raises:
        NotFound: when the community is none of this person's business.
        MembersOnly: when the person may see it, but isn't a member.
    """
    member = proof_of(queries.record_of(community_id, person_id))
    if member is None:
        queries.visible(community_id, person_id)
        raise MembersOnly(community_id)
    return member


def proof_of(record: MembershipRecord | None) -> Membership | None:
    """Return the proof that a membership read from the table is active, if it is."""
    return _proof(record) if record is not None and record.state == MemberState.ACTIVE else None


def require_coordinator(community_id: UUID, person_id: UUID) -> Membership:
    """Prove that a person of this city coordinates the community.

    Raises:
        NotFound: when the community is none of this person's business.
        Forbidden: when the person isn't a coordinator.
    """
    member = require_member(community_id, person_id)
    if not member.coordinates:
        raise Forbidden(N_("Only coordinators of this community can do that."))
    return member


def member_of_peer(community: Community, member_uri: str, sender: str) -> Membership:
    """Prove that the sender of a verified activity speaks for one of its own people who is a member here.

    Raises:
        Forbidden: when there is no such active member, or the member belongs to another city.
    """
    record = db.session.scalar(
        select(MembershipRecord).where(
            MembershipRecord.community_id == community.id,
            MembershipRecord.uri == member_uri,
            MembershipRecord.state == MemberState.ACTIVE,
        )
    )
    if record is None or record.person.origin != sender:
        raise Forbidden(MEMBERS_ONLY)
    return _proof(record)


def _proof(record: MembershipRecord) -> Membership:
    return Membership(record.community_id, record.person_id, Role(record.role))
