# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A list of articles as Atom (RFC 4287)."""

import re
from collections.abc import Sequence
from datetime import datetime
from xml.etree import ElementTree as ET

from cop.knowledge.exports.sheet import Sheet

NAMESPACE = "http://www.w3.org/2005/Atom"
#: what XML 1.0 can't hold
_UNFIT = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_atom(title: str, address: str, updated_at: datetime, sheets: Sequence[Sheet]) -> bytes:
    """Return a feed, its entries in the order given, each with its whole text as safe HTML.

    Args:
        title: what the feed is called.
        address: where its page is; also its id.
        updated_at: when it changed last.
        sheets: the articles.
    """
    feed = ET.Element("feed", {"xmlns": NAMESPACE})
    _line(feed, "id", address)
    _line(feed, "title", title)
    _line(feed, "updated", updated_at.isoformat())
    ET.SubElement(feed, "link", {"href": address})
    for sheet in sheets:
        _entry(feed, sheet)
    told: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return told


def _entry(feed: ET.Element, sheet: Sheet) -> None:
    entry = ET.SubElement(feed, "entry", {"xml:lang": sheet.locale})
    _line(entry, "id", sheet.address)
    _line(entry, "title", sheet.title)
    _line(entry, "published", sheet.published_at.isoformat())
    _line(entry, "updated", sheet.updated_at.isoformat())
    _line(ET.SubElement(entry, "author"), "name", sheet.city)
    _line(entry, "rights", sheet.licence)
    ET.SubElement(entry, "link", {"href": sheet.address})
    for tag in sheet.tags:
        ET.SubElement(entry, "category", {"term": _UNFIT.sub("", tag)})
    _line(entry, "content", str(sheet.html), type="html")


def _line(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, name, attributes).text = _UNFIT.sub("", text)
