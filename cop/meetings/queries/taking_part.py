# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Taking part, as one reader sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select

from cop.accounts.models import Person
from cop.base.db import read
from cop.base.instance import is_ours
from cop.base.pending import PendingRequest, RequestState
from cop.meetings.models import Answer, Meeting, Registration
from cop.meetings.queries.wishes import Wishes, wishes_of
from cop.meetings.video import links_of


@dataclass(frozen=True, slots=True)
class TakingPart:
    """What somebody answered, and the room's links for who comes."""

    answer: Answer | None
    #: the answer, while it is on its way to the home
    wish: PendingRequest | None
    #: the last answer, when the home refused it
    refused: PendingRequest | None
    links: Sequence[Mapping[str, Any]]

    @property
    def comes(self) -> bool:
        """Tell whether the home knows that this person comes."""
        return self.answer == Answer.CONFIRMED and self.wish is None


_KEPT = select(Registration.answer, Registration.links).where(
    Registration.meeting_id == bindparam("meeting_id"), Registration.person_id == bindparam("person_id")
)
_CITIES_OF_CONFIRMED = (
    select(func.count(Person.origin.distinct()))
    .join(Registration, Registration.person_id == Person.id)
    .where(Registration.meeting_id == bindparam("meeting_id"), Registration.answer == Answer.CONFIRMED)
)


def taking_part(meeting: Meeting, person_id: UUID) -> TakingPart:
    """Return what somebody answered; the links only for those who come and whose home says so."""
    kept = read(_KEPT, {"meeting_id": meeting.id, "person_id": person_id}).one_or_none()
    at_home = is_ours(meeting.origin)
    last = (Wishes([]) if at_home else wishes_of(person_id, [meeting.uri])).about(meeting.uri).get("answer")
    wish = last if last is not None and last.state == RequestState.WAITING else None
    given = wish.details["answer"] if wish is not None else kept.answer if kept is not None else None
    links = links_of(meeting) if at_home else (kept.links if kept is not None else [])
    return TakingPart(
        answer=Answer(given) if given is not None else None,
        wish=wish,
        refused=last if wish is None else None,
        links=links if given == Answer.CONFIRMED and kept is not None and kept.answer == Answer.CONFIRMED else [],
    )


def cities_of_confirmed(meeting: Meeting) -> int:
    """Return from how many cities people come; known at the home only."""
    return read(_CITIES_OF_CONFIRMED, {"meeting_id": meeting.id}).scalar_one()
