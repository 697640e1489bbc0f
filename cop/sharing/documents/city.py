# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""How a city wants to be shown."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, validate

from cop.base.instance import this_city
from cop.sharing.documents.parts import ObjectId, language, line, whole
from cop.sharing.keys import public_keys
from federation.invitations import write_keys
from federation.versions import write_versions

MOST_HUE = 359
MOST_KEYS = 9
MOST_VERSIONS = 9


class CityDocument(Schema):
    """A city's own words about itself.

    The keys of its requests are pinned at peering, never taken from here; they vouch for its other keys.
    """

    class Meta:
        unknown = EXCLUDE

    uri = ObjectId(required=True, data_key="id")
    type = fields.String(required=True, validate=validate.Equal("Application"))
    name = line("name", required=True)
    short = line("cop:short", longest=100, required=True)
    letters = fields.String(required=True, data_key="cop:letters", validate=validate.Length(min=1, max=3))
    hue = whole("cop:hue", most=MOST_HUE, required=True)
    locale = language()
    versions = fields.List(
        fields.String(), data_key="cop:versions", load_default=None, validate=validate.Length(max=MOST_VERSIONS)
    )
    methods = fields.List(
        fields.Dict(), data_key="assertionMethod", load_default=list, validate=validate.Length(max=MOST_KEYS)
    )


def city_document() -> dict[str, Any]:
    """Write how this city wants to be shown."""
    city = this_city()
    facts = {
        "uri": f"{city.origin}/actor",
        "type": "Application",
        "name": city.name,
        "short": city.short,
        "letters": city.letters,
        "hue": city.hue,
        "locale": city.locale,
        "versions": write_versions(),
        "methods": write_keys(public_keys()),
    }
    document: dict[str, Any] = CityDocument().dump(facts)
    return document
