# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""OpenDocument text, made from the same safe HTML as the page."""

import io
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from odfdo import Document, Element, Header, LineBreak, Link, List, ListItem, Paragraph, Span, Style

from cop.knowledge.exports.sheet import Sheet

#: how spans of a text look
SPANS: Mapping[str, Mapping[str, Any]] = {
    "bold": {"bold": True},
    "italic": {"italic": True},
    "gone": {"color": "#555555", "italic": True},
    "code": {"font": "monospace"},
}
LOOKS = {"b": "bold", "strong": "bold", "em": "italic", "i": "italic", "del": "gone", "s": "gone", "code": "code"}
HEADINGS = {"h2": 1, "h3": 2, "h4": 3}
LISTS = {"ul": "List_20_1", "ol": "Numbering_20_1"}
BLOCKS = frozenset({"p", "pre", "tr", "dt", "dd"})
COUNTRIES = {"de": "de-DE", "da": "da-DK", "en": "en-GB"}


def as_odt(sheet: Sheet) -> bytes:
    """Return the article as an OpenDocument text; links lead where the page's lead."""
    document = Document("text")
    document.language = COUNTRIES.get(sheet.locale, "de-DE")
    document.meta.title = sheet.title
    for name, look in SPANS.items():
        document.insert_style(Style("text", name=name, **look), automatic=True)
    body = document.body
    body.clear()
    body.append(Paragraph(sheet.title, style="Title"))
    body.append(Paragraph(sheet.facts, style="Subtitle"))
    writer = _Writer(body)
    writer.feed(sheet.html)
    writer.close()
    body.append(Paragraph(f"{sheet.licence} · {sheet.address}"))
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


class _Writer(HTMLParser):
    """Writes what the sanitiser lets through below an element."""

    def __init__(self, body: Element) -> None:
        super().__init__()
        #: where blocks go, innermost last
        self.places = [body]
        #: where text goes, innermost last; none between blocks
        self.lines: list[Element] = []
        self.as_is = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in HEADINGS:
            header = Header(HEADINGS[tag], "")
            header.style = f"Heading_20_{HEADINGS[tag]}"  # given above, it is lost
            self._begin(header)
        elif tag in BLOCKS:
            self.as_is = tag == "pre"
            self._begin(Paragraph("", style="Preformatted_20_Text" if tag == "pre" else "Text_20_body"))
        elif tag in LISTS:
            self._enter(List(style=LISTS[tag]))
        elif tag == "li":
            self._enter(ListItem())
        elif tag in LOOKS:
            self._inside(Span("", style=LOOKS[tag]))
        elif tag == "a":
            address = dict(attrs).get("href")
            self._inside(Link(address, text="") if address else Span(""))
        elif tag == "br":
            self._line().append(LineBreak())

    def handle_endtag(self, tag: str) -> None:
        if tag in HEADINGS or tag in BLOCKS:
            self.lines, self.as_is = [], False
        elif tag in LISTS or tag == "li":
            self.lines = []
            self.places.pop()
        elif tag in {"td", "th"}:
            self._line().append("   ")
        elif (tag in LOOKS or tag == "a") and len(self.lines) > 1:
            self.lines.pop()

    def handle_data(self, data: str) -> None:
        if not self.lines and not data.strip():
            return
        self._line().append(data if self.as_is else data.replace("\n", " "))

    def _begin(self, block: Element) -> None:
        self.places[-1].append(block)
        self.lines = [block]

    def _enter(self, place: Element) -> None:
        self.lines = []
        self.places[-1].append(place)
        self.places.append(place)

    def _inside(self, span: Element) -> None:
        self._line().append(span)
        self.lines.append(span)

    def _line(self) -> Element:
        if not self.lines:
            self._begin(Paragraph("", style="Text_20_body"))
        return self.lines[-1]
