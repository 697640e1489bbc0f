# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""How a city wants to be shown."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, validate

from cop.base.instance import this_city
from cop.sharing.documents.parts import ObjectId, language, line, whole

MOST_HUE = 359


class CityDocument(Schema):
    """A city's own words about itself; its keys are pinned at peering, never taken from here."""

    class Meta:
        unknown = EXCLUDE

    uri = ObjectId(required=True, data_key="id")
    type = fields.String(required=True, validate=validate.Equal("Application"))
    name = line("name", required=True)
    short = line("cop:short", longest=100, required=True)
    letters = fields.String(required=True, data_key="cop:letters", validate=validate.Length(min=1, max=3))
    hue = whole("cop:hue", most=MOST_HUE, required=True)
    locale = language()


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
    }
    document: dict[str, Any] = CityDocument().dump(facts)
    return document
