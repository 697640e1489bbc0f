# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What all wire schemas are made of: strict ids, words of a list, people, and room for what a newer city says."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_dump, post_load, pre_load, validate

from cop.base.instance import in_development
from cop.base.text import one_line, running_text
from federation.errors import InvalidUrlError
from federation.origins import parse_object_id

LINE = 200
TEXT = 200_000
#: what every database's integer holds
MOST = 2_000_000_000
MOST_ITEMS = 200
MARKDOWN = "text/markdown"
LANGUAGE = r"[a-zA-Z]{2,3}(-[a-zA-Z]{2,4})?\Z"
#: beyond these, a change of zone leaves the calendar
FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


@cache
def schema_of(kind: type[Schema]) -> Schema:
    """Make a schema once: it copies all its fields when it is made."""
    return kind()


class ObjectId(fields.String):
    """An id, read by federation's strict parser; `fields.Url` takes user:pw@host and NUL."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        try:
            return str(parse_object_id(value, development=in_development()))
        except InvalidUrlError as error:
            raise ValidationError("not an id") from error


class Word(fields.String):
    """A word of a list; one that a newer city has invented is read as `other`."""

    def __init__(self, words: type[StrEnum], other: StrEnum, **options: Any) -> None:
        super().__init__(**options)
        self._words = frozenset(word.value for word in words)
        self._other = other.value

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        word = str(super()._deserialize(value, attr, data, **kwargs))
        return word if word in self._words else self._other


class Line(fields.String):
    """One line, in one spelling and without what acts on the text around it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return one_line(super()._deserialize(value, attr, data, **kwargs))


class Text(fields.String):
    """Text with its lines, as clean."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return running_text(super()._deserialize(value, attr, data, **kwargs))


def line(data_key: str, *, longest: int = LINE, **options: Any) -> fields.String:
    """Make a field for a short text."""
    return Line(data_key=data_key, validate=validate.Length(max=longest), **options)


def text(data_key: str, *, longest: int, least: int = 0, **options: Any) -> fields.String:
    """Make a field for a text of several lines."""
    return Text(data_key=data_key, validate=validate.Length(least, longest), **options)


def whole(data_key: str, *, least: int = 0, most: int = MOST, **options: Any) -> fields.Integer:
    """Make a field for a whole number; "5" and true are none."""
    return fields.Integer(strict=True, data_key=data_key, validate=validate.Range(least, most), **options)


def language() -> fields.String:
    """Make a field for a language."""
    return fields.String(required=True, data_key="inLanguage", validate=validate.Regexp(LANGUAGE))


def moment(data_key: str, **options: Any) -> fields.AwareDateTime:
    """Make a field for an instant with its offset."""
    return fields.AwareDateTime(format="iso", data_key=data_key, validate=validate.Range(FIRST, LAST), **options)


class PersonDocument(Schema):
    """Somebody as member cities see them: a random id of one community, and the name or "role" they agreed to."""

    class Meta:
        unknown = EXCLUDE

    type = fields.Constant("Person")
    uri = ObjectId(required=True, data_key="id")
    name = line("name", required=True)

    @post_load
    def _add_city(self, facts: dict[str, Any], **options: Any) -> dict[str, str]:
        origin = parse_object_id(facts["uri"], development=in_development()).origin
        return {"uri": facts["uri"], "name": facts["name"], "city_origin": str(origin)}


class Document(Schema):
    """A shared object. What we don't know is kept in `extra` and passed on, never interpreted."""

    class Meta:
        unknown = EXCLUDE

    #: written for others to read; we go by the fields themselves
    DERIVED: ClassVar[frozenset[str]] = frozenset({"@context", "updated", "mediaType", "proof"})
    TYPE: ClassVar[str | list[str]] = ""

    uri = ObjectId(required=True, data_key="id")
    owner_uri = ObjectId(required=True, data_key="attributedTo")
    rev = whole("cop:rev", least=1, required=True)

    @pre_load
    def _check_type(self, document: Any, **options: Any) -> Any:
        if not isinstance(document, Mapping) or document.get("type") != self.TYPE:
            raise ValidationError("another type", "type")
        return document

    @post_load(pass_original=True)
    def _keep_unknown(self, facts: dict[str, Any], original: Mapping[str, Any], **options: Any) -> dict[str, Any]:
        known = {field.data_key or name for name, field in self.fields.items()} | self.DERIVED | {"type"}
        extra = {key: value for key, value in original.items() if key not in known}
        origin = parse_object_id(facts["uri"], development=in_development()).origin
        return facts | {"extra": extra, "origin": str(origin)}

    @post_dump
    def _drop_missing(self, document: dict[str, Any], **options: Any) -> dict[str, Any]:
        return {key: value for key, value in document.items() if value is not None} | {"type": self.TYPE}


def plain(values: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Check entries that are kept as they are: flat, short, and few."""
    kept = []
    for value in values:
        if not isinstance(value, Mapping) or len(value) > 12:  # noqa: PLR2004  more than any reason has
            raise ValidationError("flat entries")
        if not all(_is_short(part) for part in value.values()):
            raise ValidationError("flat entries")
        kept.append(dict(value))
    return kept


def _is_short(value: object) -> bool:
    return value is None or (isinstance(value, (str, int, float)) and len(str(value)) <= LINE)


class Flat(fields.Field[list[dict[str, Any]]]):
    """A list of flat entries in a feature's own words."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return plain(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, list) or len(value) > MOST_ITEMS:
            raise ValidationError("a short list")
        return plain(value)
