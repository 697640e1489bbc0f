# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What happens in communities."""

from dataclasses import dataclass
from uuid import UUID

from cop.base.events import Event


@dataclass(frozen=True, slots=True)
class CommunityChanged(Event):
    """A community was founded, or its facts or charter changed."""

    community_id: UUID


@dataclass(frozen=True, slots=True)
class JoinAsked(Event):
    """Somebody wants to become a member."""

    membership_id: UUID


@dataclass(frozen=True, slots=True)
class MemberJoined(Event):
    """Somebody became a member; at a copy: the home said so of somebody here."""

    membership_id: UUID


@dataclass(frozen=True, slots=True)
class JoinRefused(Event):
    """A coordinator said no; why, stands at the membership."""

    membership_id: UUID


@dataclass(frozen=True, slots=True)
class MemberLeft(Event):
    """A member left."""

    membership_id: UUID
