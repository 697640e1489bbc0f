# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who may do what in a community."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from cop.base.audience import SHOWN_TO_PEERS, Audience


class JoinMode(StrEnum):
    """How one becomes a member."""

    OPEN = "open"
    REQUEST = "request"
    INVITE = "invite"


class Role(StrEnum):
    """What a member may do; the home decides it."""

    MEMBER = "member"
    COORDINATOR = "coordinator"


class MemberState(StrEnum):
    """Where a membership is."""

    ASKED = "asked"
    ACTIVE = "active"
    REFUSED = "refused"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Membership:
    """Proof that a person is an active member; only `require_member` and `member_of_peer` make one."""

    community_id: UUID
    person_id: UUID
    role: Role

    @property
    def coordinates(self) -> bool:
        """Tell whether this member is a coordinator."""
        return self.role == Role.COORDINATOR


@dataclass(frozen=True, slots=True)
class Invitation:
    """Proof that a coordinator invited somebody; only `read_invitation` makes one."""

    community_id: UUID


def state_after_asking(join_mode: JoinMode, *, invited: bool = False) -> MemberState | None:
    """Say what becomes of somebody who wants to join.

    Open communities take everybody at once, and so does every community those
    it invited; others let a coordinator decide. None where one can't ask.
    """
    if invited:
        return MemberState.ACTIVE
    if join_mode == JoinMode.INVITE:
        return None
    return MemberState.ACTIVE if join_mode == JoinMode.OPEN else MemberState.ASKED


def may_see(visibility: Audience, *, is_member: bool, at_home: bool) -> bool:
    """Tell whether a signed-in person of this city may see a community.

    Members always; the home city's people from `city` on; everybody from
    `peers` on. `at_home`: this city is the community's home.
    """
    return is_member or visibility in SHOWN_TO_PEERS or (at_home and visibility == Audience.CITY)
