# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A community as other cities see it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from cop.base.audience import Audience
from cop.base.instance import in_development
from cop.communities.models import Charter, Community, JoinMode, Kind
from cop.sharing.documents.parts import MOST_ITEMS, Document, Line, ObjectId, Word, language, line, text, whole
from cop.sharing.queries import owner_uri
from federation.errors import InvalidUrlError
from federation.origins import parse_origin

SENTENCE = 500
PARAGRAPH = 10_000


class CityCount(Schema):
    """How many members a city has in a community."""

    class Meta:
        unknown = EXCLUDE

    city = fields.String(required=True, data_key="cop:city")
    count = whole("cop:count", required=True)


class MembersByCity(fields.Field[dict[str, int]]):
    """Origin -> count; on the wire a list, since an origin is no name of a property."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return [{"cop:city": origin, "cop:count": count} for origin, count in sorted(value.items())]

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, int]:
        if not isinstance(value, list) or len(value) > MOST_ITEMS:
            raise ValidationError("a short list")
        counts = [CityCount().load(entry) for entry in value]
        try:
            return {parse_origin(entry["city"], development=in_development()): entry["count"] for entry in counts}
        except InvalidUrlError as error:
            raise ValidationError("not an origin") from error


def _sentences(data_key: str) -> fields.List[str]:
    return fields.List(
        Line(validate=validate.Length(max=SENTENCE)),
        data_key=data_key,
        load_default=list,
        validate=validate.Length(max=MOST_ITEMS),
    )


class CharterDocument(Schema):
    """What a community agreed on."""

    class Meta:
        unknown = EXCLUDE

    purpose = text("cop:purpose", longest=PARAGRAPH, load_default="")
    goals = _sentences("cop:goals")
    success_criteria = _sentences("cop:successCriteria")
    ground_rules = _sentences("cop:groundRules")
    agreed_on = fields.Date(data_key="cop:agreedOn", load_default=None, allow_none=True)


class GroupDocument(Document):
    """A community and its charter: never who its members are."""

    TYPE: ClassVar[str | list[str]] = "Group"

    name = line("name", required=True)
    domain = line("summary", longest=SENTENCE, load_default="")
    locale = language()
    kind = Word(Kind, Kind.COP, required=True, data_key="cop:kind")
    rhythm = line("cop:rhythm", load_default="")
    visibility = Word(Audience, Audience.COMMUNITY, required=True, data_key="cop:visibility")
    join_mode = Word(JoinMode, JoinMode.REQUEST, required=True, data_key="cop:joinMode")
    parent_uri = ObjectId(data_key="cop:parent", load_default=None)
    members_by_city = MembersByCity(data_key="cop:membersByCity", load_default=dict)
    charter = fields.Nested(CharterDocument, data_key="cop:charter", load_default=dict)


def group_facts(community: Community, *, parent_uri: str | None) -> dict[str, Any]:
    """Return what others may know of a community of ours."""
    return {
        "uri": community.uri,
        "owner_uri": owner_uri(community),
        "rev": community.rev,
        "name": community.name,
        "domain": community.domain,
        "locale": community.locale,
        "kind": community.kind,
        "rhythm": community.rhythm,
        "visibility": community.visibility,
        "join_mode": community.join_mode,
        "parent_uri": parent_uri,
        "members_by_city": community.members_by_city,
        "charter": _charter_facts(community.charter),
    }


def _charter_facts(charter: Charter | None) -> Mapping[str, Any]:
    if charter is None:
        return {}
    return {
        "purpose": charter.purpose,
        "goals": charter.goals,
        "success_criteria": charter.success_criteria,
        "ground_rules": charter.ground_rules,
        "agreed_on": charter.agreed_on,
    }
