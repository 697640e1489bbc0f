# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the inbox asks before it keeps an activity: whether its object is as it should be."""

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import ValidationError

from cop.sharing.documents import SCHEMAS
from cop.sharing.documents.parts import schema_of
from cop.sharing.documents.wishes import OFFERS, Grave, Invited, MemberWish, Refusal, TopicWish
from federation.activities import Activity, object_type

Faults = Mapping[str, Any]


def faults(activity: Activity) -> Faults:
    """Name what is wrong with the object of an activity; nothing when this version doesn't know the type."""
    try:
        return _faults(activity)
    except ValidationError as error:
        return error.messages_dict


def _faults(activity: Activity) -> Faults:
    check = CHECKS.get(activity.type)
    return {} if check is None else check(activity)


def _thing_faults(activity: Activity) -> Faults:
    return _object_faults(activity.embedded, activity.object_type)


def _relayed_faults(activity: Activity) -> Faults:
    return (_grave_faults if activity.object_type == "Tombstone" else _thing_faults)(activity)


def _grave_faults(activity: Activity) -> Faults:
    return {} if isinstance(activity.object, str) else schema_of(Grave).validate(activity.embedded)


def _join_faults(activity: Activity) -> Faults:
    member = activity.raw.get("cop:member")
    return {} if member is None else schema_of(MemberWish).validate(_mapping(member))


def _accept_faults(activity: Activity) -> Faults:
    result = activity.raw.get("result")
    wrong = _object_faults(result, object_type(result)) if isinstance(result, Mapping) else {}
    return wrong or schema_of(Invited).validate(activity.raw)


def _reject_faults(activity: Activity) -> Faults:
    return schema_of(Refusal).validate(activity.raw)


def _object_faults(document: Mapping[str, Any], type_: str | None) -> Faults:
    if type_ is None:
        return {"type": ["missing"]}
    return schema_of(SCHEMAS[type_]).validate(document) if type_ in SCHEMAS else {}


def _offer_faults(activity: Activity) -> Faults:
    if activity.object_type == "Update":
        return schema_of(TopicWish).validate(_mapping(activity.embedded.get("object")))
    schema = OFFERS.get(activity.object_type or "")
    return {} if schema is None else schema_of(schema).validate(activity.embedded)


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValidationError("an object")
    return value


CHECKS: Mapping[str, Callable[[Activity], Faults]] = {
    "Create": _thing_faults,
    "Update": _thing_faults,
    "Announce": _relayed_faults,
    "Delete": _grave_faults,
    "Offer": _offer_faults,
    "Join": _join_faults,
    "Accept": _accept_faults,
    "Reject": _reject_faults,
}
