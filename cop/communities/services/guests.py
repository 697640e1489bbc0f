# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""People of this city who join and leave: at the home it is done, elsewhere they ask and the home decides."""

from contextlib import suppress

from cop.accounts.models import Person
from cop.base.clock import now
from cop.base.db import db
from cop.base.errors import Conflict
from cop.base.events import publish
from cop.base.instance import is_ours
from cop.base.pending import ask_home
from cop.communities import queries
from cop.communities.events import JoinRefused, MemberJoined
from cop.communities.models import Community, MembershipRecord
from cop.communities.rules import Invitation, MemberState, state_after_asking
from cop.communities.services.joining import BY_INVITATION, PRESENT, ask_to_join, leave, write_wish

JOIN, LEAVE = "join_community", "leave_community"


def wish_to_join(
    community: Community, person: Person, *, shows_name: bool, role_title: str, invitation: Invitation | None = None
) -> MembershipRecord:
    """Join, or ask for it where the community is at home.

    Raises:
        Conflict: where one is invited.
    """
    if is_ours(community.origin):
        return ask_to_join(community, person, shows_name=shows_name, role_title=role_title, invitation=invitation)
    return ask_home_to_join(community, person, shows_name=shows_name, role_title=role_title)


def wish_to_leave(record: MembershipRecord) -> None:
    """Leave, and tell the community's home.

    Raises:
        Conflict: when nobody would be left to coordinate.
    """
    if is_ours(record.community.origin):
        leave(record)
    else:
        ask_home_to_leave(record)


def ask_home_to_join(community: Community, person: Person, *, shows_name: bool, role_title: str) -> MembershipRecord:
    """Ask the home of a copy to let somebody of this city in; to ask twice is to ask once.

    Raises:
        Conflict: where one is invited.
    """
    record = queries.record_of(community.id, person.id)
    if record is not None and record.state in PRESENT:
        return record
    if state_after_asking(community.join_mode) is None:
        raise Conflict(BY_INVITATION)
    record = write_wish(community, person, uri=None, shows_name=shows_name, role_title=role_title)
    db.session.flush()  # the request names it
    _ask(JOIN, record)
    return record


def ask_home_to_leave(record: MembershipRecord) -> None:
    """Leave at once and tell the home: nobody needs leave to leave, nor a home that can be asked."""
    if record.state not in PRESENT:
        return
    leave(record)
    with suppress(Conflict), db.session.begin_nested():
        _ask(LEAVE, record)


def settle_join(record: MembershipRecord, accepted: bool, reason: str = "") -> None:  # noqa: FBT001  the answer itself
    """Keep the home's answer at the copy; who left meanwhile stays away."""
    if record.state not in PRESENT:
        return
    if accepted and record.state == MemberState.ASKED:
        record.state, record.joined_at = MemberState.ACTIVE, now()
        publish(MemberJoined(record.id))
    if not accepted:
        record.state, record.reason, record.joined_at = MemberState.REFUSED, reason, None
        publish(JoinRefused(record.id))


def _ask(kind: str, record: MembershipRecord) -> None:
    ask_home(
        record.community.origin,
        kind,
        person_id=record.person_id,
        object_uri=record.community.uri,
        membership_id=str(record.id),
        member_uri=record.uri,
    )
