# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What happens with turns."""

from dataclasses import dataclass
from uuid import UUID

from cop.base.events import Event


@dataclass(frozen=True, slots=True)
class TurnAssigned(Event):
    """Somebody is next."""

    assignment_id: UUID


@dataclass(frozen=True, slots=True)
class TurnChanged(Event):
    """A turn was confirmed, passed on, taken or served."""

    assignment_id: UUID
