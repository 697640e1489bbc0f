# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What happens with minutes."""

from dataclasses import dataclass
from uuid import UUID

from cop.base.events import Event


@dataclass(frozen=True, slots=True)
class AmendmentsAsked(Event):
    """Members can propose amendments to a draft."""

    meeting_id: UUID
