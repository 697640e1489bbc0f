# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a city said about its things since a moment, and what it had said of the same things before."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from marshmallow import ValidationError
from sqlalchemy import ColumnElement, select

from cop.base.db import db
from cop.sharing.documents import SCHEMAS
from cop.sharing.documents.wishes import Grave
from cop.sharing.models import ReceivedActivity
from federation import strict_json
from federation.activities import JSON, object_type

#: so long it is known in which words something came
BODY_KEPT = timedelta(days=30)
ROWS = 500


@dataclass(frozen=True, slots=True)
class Saying:
    """What one activity says about one thing.

    Attributes:
        received_id: the row it stands in.
        document: the thing as it is, or its Tombstone.
        type: as the protocol names it; empty when the thing is gone.
        rank: of two about one thing the one with the higher rank holds.
    """

    received_id: UUID
    uri: str
    rev: int
    type: str
    document: JSON
    rank: tuple[bool, int, bool]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a thing since a moment: how it was, if that is known, and how it is."""

    before: Saying | None
    last: Saying


def changes_between(origin: str, since: datetime, until: datetime) -> Mapping[str, Change]:
    """Find what changed by what arrived from a city between two moments and was handled: id of the thing -> change.

    What it was before is known for 30 days; None also where it was not there, or gone.
    """
    last = _latest(origin, ReceivedActivity.received_at.between(since, until))
    before = _latest(origin, ReceivedActivity.received_at < since, only=last.keys())
    return {uri: Change(_standing(before.get(uri)), saying) for uri, saying in last.items()}


def said_about(uri: str, received_id: UUID) -> Saying | None:
    """Read again what a row says about a thing; None when its body is not kept any more."""
    body = db.session.scalar(select(ReceivedActivity.body).where(ReceivedActivity.id == received_id))
    return None if body is None else next((said for said in _sayings(received_id, body) if said.uri == uri), None)


def _standing(said: Saying | None) -> Saying | None:
    return said if said is not None and said.type else None


def _latest(origin: str, when: ColumnElement[bool], only: Collection[str] | None = None) -> dict[str, Saying]:
    applied = (ReceivedActivity.sender == origin, ReceivedActivity.outcome == "", ReceivedActivity.body.is_not(None))
    rows = (
        select(ReceivedActivity.id, ReceivedActivity.body)
        .where(when, *applied, ReceivedActivity.processed_at.is_not(None))
        .order_by(ReceivedActivity.id)
        .execution_options(yield_per=ROWS)
    )
    found: dict[str, Saying] = {}
    for row in db.session.execute(rows):
        for said in _sayings(row.id, row.body):
            theirs = said.uri.startswith(f"{origin}/") and (only is None or said.uri in only)
            if theirs and (said.uri not in found or said.rank >= found[said.uri].rank):
                found[said.uri] = said
    return found


def _sayings(received_id: UUID, body: bytes) -> Iterator[Saying]:
    """Read what an activity says: about what it creates, changes or deletes, or what came of a wish that it answers."""
    activity = strict_json.loads(body)
    if not isinstance(activity, dict):
        return
    thing = activity.get("object")
    if activity.get("type") == "Delete":
        yield from _grave(received_id, thing if isinstance(thing, dict) else {"id": thing})
        return
    for document in (thing, activity.get("result")):
        if not isinstance(document, dict) or object_type(document) not in SCHEMAS:
            continue
        uri, rev = document.get("id"), document.get("cop:rev")
        if isinstance(uri, str) and isinstance(rev, int):
            type_ = object_type(document) or ""
            yield Saying(received_id, uri, rev, type_, document, (False, rev, False))


def _grave(received_id: UUID, document: JSON) -> Iterator[Saying]:
    try:
        said = Grave().load(document)
    except ValidationError:
        return
    rank = (not said["hidden"], said["rev"], True)
    yield Saying(received_id, said["uri"], said["rev"], "", document, rank)
