# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A turn as member cities see it."""

from typing import Any, ClassVar

from marshmallow import fields

from cop.rotation.models import Assignment, TurnState
from cop.sharing.documents.parts import Document, Flat, ObjectId, PersonDocument, Word, line, moment
from cop.sharing.people import person_facts
from cop.sharing.queries import owner_uri


class AssignmentDocument(Document):
    """Whose turn it is, why, and who follows: never who was considered, or who passed it on."""

    TYPE: ClassVar[str | list[str]] = "cop:Assignment"

    role = line("cop:role", longest=40, required=True)
    occasion_uri = ObjectId(required=True, data_key="context")
    occasion_at = moment("startTime", required=True)
    person = fields.Nested(PersonDocument, data_key="cop:person", load_default=None, allow_none=True)
    state = Word(TurnState, TurnState.PROPOSED, required=True, data_key="cop:state")
    source = line("cop:source", longest=12, load_default="auto")
    reasons = Flat(data_key="cop:reasons", load_default=list)
    followers = Flat(data_key="cop:followers", load_default=list)


def assignment_facts(turn: Assignment) -> dict[str, Any]:
    """Return what member cities may know of a turn."""
    return {
        "uri": turn.uri,
        "owner_uri": owner_uri(turn),
        "rev": turn.rev,
        "role": turn.role,
        "occasion_uri": turn.occasion_uri,
        "occasion_at": turn.occasion_at,
        "person": person_facts(turn.community_id, turn.person) if turn.person is not None else None,
        "state": turn.state,
        "source": turn.source,
        "reasons": turn.reasons,
        "followers": turn.followers,
    }
