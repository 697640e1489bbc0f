# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Founding a community and changing its facts and charter, at its home."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from cop.accounts.models import Person
from cop.base.audience import Audience
from cop.base.clock import now
from cop.base.db import changed, db, lock, minted, new_id
from cop.base.errors import Conflict, Forbidden
from cop.base.events import publish
from cop.base.i18n import N_
from cop.base.instance import is_ours
from cop.communities.events import CommunityChanged, MemberJoined
from cop.communities.models import Charter, Community, Kind, MembershipRecord
from cop.communities.queries import count_by_city
from cop.communities.rules import JoinMode, Membership, MemberState, Role
from cop.communities.services.people import mint_member_uri

FACTS = frozenset({"kind", "name", "domain", "locale", "rhythm", "visibility", "join_mode"})
CHARTER = frozenset({"purpose", "goals", "success_criteria", "ground_rules", "agreed_on"})


def found_community(
    account_person_id: UUID,
    *,
    kind: Kind,
    name: str,
    domain: str,
    locale: str,
    visibility: Audience,
    join_mode: JoinMode,
    rhythm: str = "",
    charter: Mapping[str, Any],
    parent: Community | None = None,
) -> Community:
    """Found a community here; the founder coordinates it."""
    community = Community(
        **minted(new_id()),
        rev=1,
        kind=kind,
        name=name,
        domain=domain,
        locale=locale,
        visibility=visibility,
        join_mode=join_mode,
        rhythm=rhythm,
        parent_id=parent.id if parent is not None else None,
        founded_on=now().date(),
        members_by_city={},
        extra={},
        charter=Charter(**_empty_charter() | _known(charter)),
    )
    db.session.add(community)
    db.session.flush()  # the founder's membership refers to it
    founder = _founder(community, db.session.get_one(Person, account_person_id))
    community.members_by_city = count_by_city(community.id)
    publish(CommunityChanged(community.id))
    publish(MemberJoined(founder.id))
    return community


def _founder(community: Community, person: Person) -> MembershipRecord:
    record = MembershipRecord(
        id=new_id(),
        community=community,
        person=person,
        uri=mint_member_uri(),
        role=Role.COORDINATOR,
        state=MemberState.ACTIVE,
        # who founds it is its contact; other cities must know whom to ask
        shows_name=True,
        asked_at=now(),
        joined_at=now(),
    )
    db.session.add(record)
    db.session.flush()  # the count reads it
    return record


def change_community(community: Community, member: Membership, **facts: Any) -> Community:
    """Change facts (`name`, `domain` …) or parts of the charter (`purpose`, `goals` …).

    Raises:
        Forbidden: for whoever doesn't coordinate this community.
        Conflict: when its home is elsewhere.
        TypeError: for a fact that can't be changed.
    """
    if member.community_id != community.id or not member.coordinates:
        raise Forbidden(N_("Only coordinators of this community can do that."))
    require_home(community)
    unknown = facts.keys() - FACTS - CHARTER
    if unknown:
        raise TypeError(f"no facts of a community: {sorted(unknown)}")
    lock(community)
    charter = community.charter or Charter(community=community, **_empty_charter())
    for fact, value in facts.items():
        setattr(community if fact in FACTS else charter, fact, value)
    announce(community)
    return community


def require_home(community: Community) -> None:
    """Refuse to change a copy.

    Raises:
        Conflict: when the community's home is elsewhere.
    """
    if not is_ours(community.origin):
        raise Conflict(N_("That is decided in the city where this community is at home."))


def recount(community: Community) -> None:
    """Count the members of each city anew and tell it."""
    db.session.flush()  # the count reads what has just changed
    community.members_by_city = count_by_city(community.id)
    announce(community)


def announce(community: Community) -> None:
    """Give the community its next revision and tell it."""
    changed(community)
    db.session.flush()  # subscribers read the row
    publish(CommunityChanged(community.id))


def _known(charter: Mapping[str, Any]) -> dict[str, Any]:
    return {part: value for part, value in charter.items() if part in CHARTER}


def _empty_charter() -> dict[str, Any]:
    return {"purpose": "", "goals": [], "success_criteria": [], "ground_rules": [], "agreed_on": None}
