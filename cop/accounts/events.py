# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What accounts tell others."""

from dataclasses import dataclass
from uuid import UUID

from cop.base.events import Event


@dataclass(frozen=True, slots=True)
class SignInRefused(Event):
    """Somebody came back from a provider with what can't be believed; `reason` is a stable code."""

    issuer: str
    reason: str


@dataclass(frozen=True, slots=True)
class AccountDeactivated(Event):
    """An account may not sign in any more, and its sessions are over."""

    account_id: UUID
    person_id: UUID


@dataclass(frozen=True, slots=True)
class AdminAppointed(Event):
    """Somebody became an administrator by an invitation."""

    account_id: UUID
