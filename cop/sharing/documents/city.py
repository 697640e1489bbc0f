# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""How a city wants to be shown."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_dump, validate
from sqlalchemy import select

from cop.base.db import db
from cop.base.instance import this_city
from cop.sharing.documents.parts import ObjectId, language, line, whole
from cop.sharing.keyring import keyring
from cop.sharing.keys import kept_keys, public_keys
from cop.sharing.models import PeerKey, PeerRecord
from cop.sharing.models.widths import URI
from federation.invitations import write_keys
from federation.keys import Purpose, is_for
from federation.origins import Origin
from federation.rotation import announce
from federation.versions import write_versions

MOST_HUE = 359
MOST_KEYS = 9
MOST_VERSIONS = 9


def _key_ids(data_key: str) -> "fields.List[Any]":
    few = validate.Length(max=MOST_KEYS)
    return fields.List(
        fields.String(validate=validate.Length(max=URI)), data_key=data_key, load_default=list, validate=few
    )


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
    #: a new key for requests; see `federation.rotation`
    rotation = fields.Dict(data_key="cop:rotation", load_default=None)
    #: which keys for requests of the reader's this city believes
    pinned = _key_ids("cop:pinned")
    #: own keys that must not be believed any more
    revoked = _key_ids("cop:revoked")

    @post_dump
    def _drop_missing(self, document: dict[str, Any], **options: Any) -> dict[str, Any]:
        return {key: value for key, value in document.items() if value is not None}


def city_document(*, to: str) -> dict[str, Any]:
    """Write how this city wants to be shown, and for one reader what concerns the keys between the two."""
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
        "rotation": _rotation(Origin(to)),
        "pinned": _pinned(to),
        "revoked": [kept.key_id for kept in kept_keys() if kept.revoked_at is not None][:MOST_KEYS],
    }
    document: dict[str, Any] = CityDocument().dump(facts)
    return document


def _rotation(to: Origin) -> dict[str, object] | None:
    """Announce our newest key to whoever does not know it yet."""
    old, new = keyring().for_peer(to), keyring().current()[Purpose.PEER]
    return None if old.key_id == new.key_id else announce(origin=Origin(this_city().origin), old=old, new=new)


def _pinned(to: str) -> list[str]:
    believed = (PeerKey.pending_since.is_(None), PeerKey.revoked_at.is_(None))
    found = db.session.scalars(select(PeerKey.key_id).join(PeerRecord).where(PeerRecord.origin == to, *believed))
    return [key_id for key_id in found if is_for(key_id, Purpose.PEER)][:MOST_KEYS]
