# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Hostile texts, and what a page must never hold whatever somebody wrote."""

import json
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

from cop.base.html import TAGS

CATALOGUE = Path(__file__).parents[2] / "hostile" / "hostile.jsonl"
GENERATED = {
    "lazy-nest": ">" * 6000 + "x",
    "huge-attr": f'<a title="{"x" * 100_000}">x</a>',
    "quad-a": "<a" * 20_000,
}


def payloads(context):
    """Id -> text of each line of the catalogue that names this field."""
    lines = map(json.loads, CATALOGUE.read_text(encoding="utf-8").splitlines())
    setups = {line["id"]: line["setup"] for line in lines if line["group"] == "html"}
    found = {id_: setup["payload"] for id_, setup in setups.items() if context in setup.get("contexts", ())}
    return {id_: GENERATED[text["gen"]] if isinstance(text, dict) else text for id_, text in found.items()}


class Page(HTMLParser):
    """The elements of a page, as a browser would see them."""

    def __init__(self, html):
        super().__init__()
        self.others = Counter()
        self.pressed = Counter()
        self.faults = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        if tag not in TAGS:
            self.others[tag] += 1
        for name, value in attributes:
            if name == "formaction":
                self.pressed[value] += 1
            self._check(tag, name, value or "")

    def _check(self, tag, name, value):
        if name.startswith("on") or name in {"style", "srcdoc"}:
            self.faults.append(f"<{tag} {name}={value}>")
        if name == "src" and not value.startswith("/static/"):
            self.faults.append(f"<{tag} src={value}>")
        if name in {"href", "action", "formaction"} and not is_safe(value):
            self.faults.append(f"<{tag} {name}={value}>")


def is_safe(address):
    """Tell whether a link stays here by its path, or leaves by a scheme that runs nothing."""
    if address.startswith(("/", "#")):
        return not address.startswith(("//", "/\\"))
    return urlsplit(address).scheme in {"http", "https", "mailto"}


def assert_harmless(html, innocent, case, *, ours=()):
    """Assert that a page holds nothing beyond the elements of the same page with an innocent text.

    Of `ours`, elements of our own that a longer text brings along, there may be more.
    """
    page = Page(html)
    usual = Page(innocent)
    beyond = set(page.others - usual.others) - set(ours) | set(page.pressed - usual.pressed)
    assert not page.faults, f"{case}: {page.faults}"
    assert not beyond, f"{case}: {beyond}"
