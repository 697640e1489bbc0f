# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Activities: what cities send each other. Plain JSON with an inline context, never processed as JSON-LD."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NewType
from uuid import uuid4

from federation.errors import bad
from federation.origins import Origin

JSON = Mapping[str, Any]

CONTEXT: tuple[str, Mapping[str, str]] = (
    "https://www.w3.org/ns/activitystreams",
    {"cop": "urn:cop-fed:ns#", "ical": "http://www.w3.org/2002/12/cal/ical#"},
)
PREFIXES = frozenset({"cop", "ical"})


@dataclass(frozen=True, slots=True)
class Activity:
    """What a document says it is; nothing of it is proved.

    `object_id` and `object_type` are those of the object, embedded or named; `raw` is the whole document with all that
    this version does not know.
    """

    id: str
    type: str
    actor: str
    object: JSON | str
    object_id: str | None
    object_type: str | None
    target: str | None
    raw: JSON

    @property
    def embedded(self) -> JSON:
        """The object's properties; empty when it is only named."""
        return {} if isinstance(self.object, str) else self.object


@dataclass(frozen=True, slots=True)
class Received:
    """An activity together with who is proved to have sent it."""

    sender: Origin
    key_id: str
    activity: Activity


#: The type is the proof: only `Inbox` makes one, from what it stored after every check.
VerifiedActivity = NewType("VerifiedActivity", Received)


def new_activity_id(origin: Origin) -> str:
    """Mint the id of a new activity of ours."""
    return f"{origin}/a/{uuid4()}"


def build_activity(
    type_: str, *, id_: str, actor: str, object_: JSON | str, target: str | None = None, **more: Any
) -> dict[str, Any]:
    """Build an activity's document.

    Args:
        type_: `Create`, `Offer` …
        id_: from `new_activity_id`.
        actor: the id of who does it, on our origin.
        object_: the object's document, or its id.
        target: the id of what an offer is for.
        more: further properties, such as `result`.
    """
    document: dict[str, Any] = {"@context": list(CONTEXT), "id": id_, "type": type_, "actor": actor, "object": object_}
    if target is not None:
        document["target"] = target
    document.update(more)
    parse_activity(document)
    return document


def parse_activity(document: object) -> Activity:
    """Read the shape of an activity from a document that strict JSON let through.

    Raises:
        Refused: 400 when a part is missing, of the wrong type or could mean something else to a JSON-LD processor.
    """
    if not isinstance(document, dict):
        raise bad("shape", "an activity is one JSON object")
    check_terms(document)
    return read_back(document)


def read_back(document: JSON) -> Activity:
    """Read an activity that `parse_activity` let through before.

    Raises:
        Refused: 400 when a part is missing or of the wrong type.
    """
    object_ = document.get("object")
    if not isinstance(object_, (str, Mapping)):
        raise bad("shape", "object: one object or id")
    embedded: JSON = {} if isinstance(object_, str) else object_
    return Activity(
        id=_text(document, "id"),
        type=_text(document, "type"),
        actor=_text(document, "actor"),
        object=object_,
        object_id=object_ if isinstance(object_, str) else _optional_text(embedded, "id"),
        object_type=object_type(embedded),
        target=_optional_text(document, "target"),
        raw=document,
    )


def object_type(document: JSON) -> str | None:
    """Name the type that decides: of several the one that is ours (`["Note", "cop:Topic"]` is a `cop:Topic`)."""
    types = document.get("type")
    if types is None or isinstance(types, str):
        return types
    if not isinstance(types, list) or not types or not all(isinstance(type_, str) for type_ in types):
        raise bad("shape", "object.type: a text or a list of texts")
    return next((type_ for type_ in types if type_.startswith("cop:")), str(types[0]))


def check_terms(document: JSON) -> None:
    """Refuse keys that only JSON-LD could read: keywords, full IRIs, prefixes other than ours.

    A context is allowed at the top only; it is never interpreted.
    """
    waiting: list[Any] = [value if key != "@context" else None for key, value in document.items()]
    _check_keys(key for key in document if key != "@context")
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            _check_keys(value)
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _check_keys(keys: Iterable[str]) -> None:
    for key in keys:
        if key.startswith("@"):
            raise bad("term", "a JSON-LD keyword")
        if ":" in key and key.partition(":")[0] not in PREFIXES:
            raise bad("term", "an unknown prefix")


def _text(document: JSON, key: str) -> str:
    value = document.get(key)
    if not isinstance(value, str) or not value:
        raise bad("shape", f"{key}: a text")
    return value


def _optional_text(document: JSON, key: str) -> str | None:
    value = document.get(key)
    if value is not None and not isinstance(value, str):
        raise bad("shape", f"{key}: a text")
    return value
