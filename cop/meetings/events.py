# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What happens around meetings."""

from dataclasses import dataclass
from uuid import UUID

from cop.base.events import Event


@dataclass(frozen=True, slots=True)
class MeetingPlanned(Event):
    """A meeting got its date; rotations choose who takes the turns."""

    meeting_id: UUID


@dataclass(frozen=True, slots=True)
class MeetingChanged(Event):
    """Anything about a meeting that others see is new: it, its counts, its state."""

    meeting_id: UUID


@dataclass(frozen=True, slots=True)
class MeetingCancelled(Event):
    """A meeting won't take place."""

    meeting_id: UUID


@dataclass(frozen=True, slots=True)
class MeetingEnded(Event):
    """A meeting is over; its turns were served."""

    meeting_id: UUID


@dataclass(frozen=True, slots=True)
class TopicChanged(Event):
    """A topic was proposed, edited, supported or moved."""

    topic_id: UUID


@dataclass(frozen=True, slots=True)
class TopicWithdrawn(Event):
    """A topic was taken back; peers forget it."""

    topic_id: UUID


@dataclass(frozen=True, slots=True)
class AnswerGiven(Event):
    """Somebody said whether they come."""

    registration_id: UUID


@dataclass(frozen=True, slots=True)
class RoomLinksChanged(Event):
    """The links for those who take part are new."""

    meeting_id: UUID
