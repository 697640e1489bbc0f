# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reads an `activity` of the catalogue: laid over a valid Create of a meeting by the peer that signs."""

from federation.activities import CONTEXT

#: not properties of an activity, but what happens to it
DIRECTIONS = {
    "sequence",
    "scenario",
    "n",
    "depth",
    "request",
    "as",
    "fetch",
    "returns_id",
    "fetch_response_ct",
    "upload",
}


def forged(city, told):
    """Build the document; of an object only what is told differs from the valid one."""
    told = {name: value for name, value in told.items() if name not in DIRECTIONS}
    wanted = told.pop("object", {})
    kind = told.get("type", "Create")
    if isinstance(wanted, str):
        object_ = wanted
    elif kind in ("Create", "Update"):
        object_ = city.event() | wanted
    else:
        object_ = {"type": "Event", "id": city.id()} | wanted
    return city.activity(object_, kind) | {"@context": list(CONTEXT)} | told


def deep(city, depth):
    """An Announce of an Announce of an Announce …"""
    document = city.activity(city.event(), "Announce")
    for _ in range(depth):
        document = city.activity(document, "Announce")
    return document


def tombstone(uri, rev=9):
    return {"id": uri, "type": "Tombstone", "cop:rev": rev, "deleted": "2026-11-20T09:00:00Z"}
