# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A topic as member cities see it."""

from typing import Any, ClassVar

from marshmallow import fields

from cop.meetings.models import Topic, TopicState
from cop.meetings.rules import MOST_PITCH, MOST_TITLE
from cop.sharing.documents.parts import Document, ObjectId, PersonDocument, Word, language, line, moment, text, whole
from cop.sharing.people import person_facts
from cop.sharing.queries import owner_uri


class TopicDocument(Document):
    """A topic: who supports it is a number."""

    TYPE: ClassVar[str | list[str]] = ["Note", "cop:Topic"]

    title = line("name", longest=MOST_TITLE, required=True)
    pitch = text("content", longest=MOST_PITCH, load_default="")
    locale = language()
    meeting_uri = ObjectId(data_key="context", load_default=None)
    proposed_by = fields.Nested(PersonDocument, required=True, data_key="cop:proposedBy")
    state = Word(TopicState, TopicState.PROPOSED, required=True, data_key="cop:state")
    late = fields.Boolean(data_key="cop:late", load_default=False, truthy={True}, falsy={False})
    support_count = whole("cop:supportCount", load_default=0)
    proposed_at = moment("published", required=True)


def topic_facts(topic: Topic) -> dict[str, Any]:
    """Return what member cities may know of a topic of ours."""
    return {
        "uri": topic.uri,
        "owner_uri": owner_uri(topic),
        "rev": topic.rev,
        "title": topic.title,
        "pitch": topic.pitch,
        "locale": topic.locale,
        "meeting_uri": topic.meeting.uri if topic.meeting is not None else None,
        "proposed_by": person_facts(topic.community_id, topic.proposed_by),
        "state": topic.state,
        "late": topic.late,
        "support_count": topic.support_count,
        "proposed_at": topic.proposed_at,
    }
