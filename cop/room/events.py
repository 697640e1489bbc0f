# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What happens in rooms."""

from dataclasses import dataclass
from uuid import UUID

from cop.base.events import Event


@dataclass(frozen=True, slots=True)
class BoardChanged(Event):
    """A room has new events, up to this number."""

    room_id: UUID
    number: int
