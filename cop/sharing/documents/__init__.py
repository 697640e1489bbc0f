# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What crosses the wire: one schema a type, with an allow list. Never made from a table: the next column would leak."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import Schema

from cop.base.clock import now
from cop.base.db import db
from cop.communities.models import Community
from cop.knowledge.models import Article
from cop.meetings.models import Meeting, Topic
from cop.rotation.models import Assignment
from cop.sharing.asked_once import ask_once
from cop.sharing.documents.article import ArticleDocument, article_facts
from cop.sharing.documents.assignment import AssignmentDocument, assignment_facts
from cop.sharing.documents.city import CityDocument, city_document
from cop.sharing.documents.event import EventDocument, event_facts, event_words
from cop.sharing.documents.group import GroupDocument, group_facts
from cop.sharing.documents.parts import MARKDOWN, Document, schema_of
from cop.sharing.documents.topic import TopicDocument, topic_facts
from cop.sharing.models import Tombstone
from cop.sharing.proving import proved
from cop.sharing.queries import Thing

__all__ = ["SCHEMAS", "city_document", "document_of", "read", "tombstone", "type_of"]

#: the type that decides -> how it is read
SCHEMAS: Mapping[str, type[Document] | type[CityDocument]] = {
    "Application": CityDocument,
    "Article": ArticleDocument,
    "Event": EventDocument,
    "Group": GroupDocument,
    "cop:Assignment": AssignmentDocument,
    "cop:Topic": TopicDocument,
}


def document_of(thing: Thing) -> dict[str, Any]:
    """Write a thing of ours as others may see it, with our proof."""
    return ask_once(("document", thing.uri), lambda: proved(_document(thing)))


def _document(thing: Thing) -> dict[str, Any]:
    match thing:
        case Community():
            parent = db.session.get(Community, thing.parent_id) if thing.parent_id is not None else None
            facts = group_facts(thing, parent_uri=parent.uri if parent is not None else None)
            return _written(schema_of(GroupDocument), facts)
        case Meeting():
            return _written(schema_of(EventDocument), event_facts(thing)) | event_words(thing)
        case Topic():
            return _written(schema_of(TopicDocument), topic_facts(thing)) | {"mediaType": MARKDOWN}
        case Assignment():
            return _written(schema_of(AssignmentDocument), assignment_facts(thing))
        case Article():
            return _written(schema_of(ArticleDocument), article_facts(thing)) | {"mediaType": MARKDOWN}


def _written(schema: Schema, facts: Mapping[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = schema.dump(facts)
    return {"updated": now().isoformat()} | document


def read(document: Mapping[str, Any], type_: str) -> dict[str, Any]:
    """Return the facts of a received document.

    Raises:
        ValidationError: when it is not as it should be.
    """
    facts: dict[str, Any] = schema_of(SCHEMAS[type_]).load(document)
    return facts


def type_of(thing: Thing) -> str:
    """Name a thing as the protocol does."""
    names = {Community: "Group", Meeting: "Event", Topic: "cop:Topic", Assignment: "cop:Assignment", Article: "Article"}
    return names[type(thing)]


def tombstone(uri: str, *, former: str, rev: int, final: bool, at: datetime | None = None) -> dict[str, Any]:
    """Write what stays of an object, with our proof; where it isn't `final`, only this reader must forget it."""
    deleted = (at or now()).isoformat()
    document = {"id": uri, "type": "Tombstone", "formerType": former, "cop:rev": rev, "deleted": deleted}
    return proved(document if final else document | {"cop:hidden": True})


def tombstone_of_ours(grave: Tombstone, *, former: str | None = None) -> dict[str, Any]:
    """Write what stays for ever of a thing of ours, the same each time but for the proof's own moment."""
    return tombstone(grave.uri, former=former or grave.former, rev=grave.rev, final=True, at=grave.deleted_at)
