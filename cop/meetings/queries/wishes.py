# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What somebody asked of a meeting's home: what is on its way, and what was refused lately."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from cop.base.clock import now
from cop.base.db import db
from cop.base.pending import PendingRequest, RequestState

#: how long a refusal is shown
REFUSED_FOR = timedelta(days=14)
#: wishes of one subject follow each other: the last one counts
SUBJECTS: Mapping[str, str] = {
    "support": "support",
    "unsupport": "support",
    "edit_topic": "edit",
    "withdraw_topic": "withdraw",
    "answer_meeting": "answer",
}


class Wishes:
    """The last wish of each subject about each thing, unless it is done."""

    def __init__(self, requests: Iterable[PendingRequest]) -> None:
        """Take the requests, oldest first."""
        self.proposals: list[PendingRequest] = []
        self._last: dict[str, dict[str, PendingRequest]] = {}
        for request in requests:
            if request.kind == "propose_topic":
                self.proposals.extend([request] if _is_shown(request) else [])
            elif request.kind in SUBJECTS:
                self._last.setdefault(request.object_uri, {})[SUBJECTS[request.kind]] = request

    def about(self, uri: str) -> dict[str, PendingRequest]:
        """Return the last wish of each subject about a thing, if it waits or was refused lately."""
        last = self._last.get(uri, {})
        return {subject: wish for subject, wish in last.items() if _is_shown(wish)}

    def waiting(self, uri: str) -> dict[str, PendingRequest]:
        """Return the last wish of each subject about a thing, if it is on its way."""
        return {subject: wish for subject, wish in self.about(uri).items() if wish.state == RequestState.WAITING}


def wishes_of(person_id: UUID, uris: Iterable[str]) -> Wishes:
    """Return what somebody asked about these things."""
    return Wishes(
        db.session.scalars(
            select(PendingRequest)
            .where(PendingRequest.person_id == person_id, PendingRequest.object_uri.in_(list(uris)))
            .order_by(PendingRequest.made_at, PendingRequest.id)
        )
    )


def _is_shown(request: PendingRequest) -> bool:
    if request.state == RequestState.WAITING:
        return True
    answered = request.answered_at or request.made_at
    return request.state == RequestState.REFUSED and answered > now() - REFUSED_FOR
