# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""People as member cities see them."""

from uuid import UUID

from cop.accounts.models import Person
from cop.communities.queries import record_of
from cop.communities.services import shown_name


def person_facts(community_id: UUID | None, person: Person | None) -> dict[str, str] | None:
    """Return the id somebody has in a community, and the name or role they agreed to; None for an outsider of ours."""
    if person is None or community_id is None:
        return None
    record = record_of(community_id, person.id)
    if record is not None:
        return {"uri": record.uri, "name": shown_name(record)}
    return {"uri": person.uri, "name": person.display_name} if person.uri is not None else None
