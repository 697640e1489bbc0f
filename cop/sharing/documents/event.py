# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A meeting as other cities see it, in the words of Mobilizon and FEP-8a8e."""

from datetime import datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate

from cop.base.audience import Audience
from cop.base.zones import is_zone
from cop.meetings.models import Format, Meeting, MeetingState
from cop.sharing.documents.parts import MOST_ITEMS, Document, Word, language, line, moment, text, whole
from cop.sharing.queries import owner_uri

DESCRIPTION = 20_000
#: a week of meeting
LONGEST = 7 * 24 * 60
PART = ("kind", "title", "minutes")


class Place(Schema):
    """Where it is: one object, never a list."""

    class Meta:
        unknown = EXCLUDE

    type = fields.Constant("Place")
    name = line("name", required=True)


class Part(Schema):
    """A fixed part of the agenda."""

    class Meta:
        unknown = EXCLUDE

    kind = line("cop:kind", longest=40, load_default="")
    title = line("name", load_default="")
    minutes = whole("cop:minutes", most=LONGEST, load_default=0)


class EventDocument(Document):
    """A meeting: never its links, who comes, or anybody's address."""

    TYPE: ClassVar[str | list[str]] = "Event"
    DERIVED: ClassVar[frozenset[str]] = Document.DERIVED | {
        "summary",
        "eventStatus",
        "ical:status",
        "isOnline",
        "category",
        "joinMode",
    }

    title = line("name", required=True)
    description = text("content", longest=DESCRIPTION, load_default="")
    starts_at = moment("startTime", required=True)
    ends_at = moment("endTime", required=True)
    zone = fields.String(required=True, data_key="timezone", validate=validate.Length(max=64))
    place = fields.Nested(Place, data_key="location", load_default=None, allow_none=True)
    locale = language()
    confirmed_count = whole("participantCount", load_default=0)
    format = Word(Format, Format.ONLINE, required=True, data_key="cop:format")
    state = Word(MeetingState, MeetingState.SCHEDULED, required=True, data_key="cop:state")
    audience = Word(Audience, Audience.COMMUNITY, required=True, data_key="cop:audience")
    number = whole("cop:number", load_default=None, allow_none=True)
    sequence = whole("cop:sequence", load_default=0)
    agenda = fields.List(
        fields.Nested(Part), data_key="cop:agenda", load_default=list, validate=validate.Length(max=MOST_ITEMS)
    )
    collection_opens_at = moment("cop:collectionOpensAt", load_default=None)
    collection_closes_at = moment("cop:collectionClosesAt", load_default=None)
    topic_count = whole("cop:topicCount", load_default=0)

    @post_load
    def _read_times(self, facts: dict[str, Any], **options: Any) -> dict[str, Any]:
        ends_at: datetime = facts.pop("ends_at")
        minutes = round((ends_at - facts["starts_at"]).total_seconds() / 60)
        if not 0 < minutes <= LONGEST:
            raise ValidationError("ends before it starts, or lasts for weeks", "endTime")
        if not is_zone(facts["zone"]):
            raise ValidationError("no such time zone", "timezone")
        place = facts["place"]
        return facts | {"minutes": minutes, "place": place["name"] if place else ""}


def event_facts(meeting: Meeting) -> dict[str, Any]:
    """Return what others may know of a meeting of ours."""
    zone = ZoneInfo(meeting.zone)
    return {
        "uri": meeting.uri,
        "owner_uri": owner_uri(meeting),
        "rev": meeting.rev,
        "title": meeting.title,
        "description": meeting.description,
        "starts_at": meeting.starts_at.astimezone(zone),
        "ends_at": (meeting.starts_at + timedelta(minutes=meeting.minutes)).astimezone(zone),
        "zone": meeting.zone,
        "place": {"name": meeting.place} if meeting.place else None,
        "locale": meeting.locale,
        "confirmed_count": meeting.confirmed_count,
        "format": meeting.format,
        "state": meeting.state,
        "audience": meeting.audience,
        "number": meeting.number,
        "sequence": meeting.sequence,
        "agenda": [{name: part.get(name) for name in PART if name in part} for part in meeting.agenda],
        "collection_opens_at": meeting.collection_opens_at,
        "collection_closes_at": meeting.collection_closes_at,
        "topic_count": meeting.topic_count,
    }


def event_words(meeting: Meeting) -> dict[str, Any]:
    """Return what helps servers that know events, but not us."""
    day = meeting.starts_at.astimezone(ZoneInfo(meeting.zone))
    cancelled = meeting.state == MeetingState.CANCELLED
    return {
        "summary": ", ".join(filter(None, [f"{day:%Y-%m-%d %H:%M}", meeting.place])),
        "eventStatus": "EventCancelled" if cancelled else "EventScheduled",
        "ical:status": "CANCELLED" if cancelled else "CONFIRMED",
        "isOnline": meeting.format != Format.IN_PERSON,
        "category": "MEETING",
        "joinMode": "restricted",
        "mediaType": "text/markdown",
    }
