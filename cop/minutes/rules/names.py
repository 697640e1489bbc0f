# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Names of people in a text."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

LONGEST_PASSAGE = 160
#: shorter parts of names are found everywhere
SHORTEST_NAME = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """A person's name in the text, and the passage around it; `city` could stand in its place."""

    name: str
    city: str
    passage: str


def find_names(body: str, people: Iterable[tuple[str, str]]) -> list[Finding]:
    """Find whose full name, or last name, stands in a text.

    Whole words only. A last name must be written as in the name itself, since
    many are ordinary words. Each person is found once, where they come first.

    Args:
        body: the text.
        people: name and city of everybody to look for.
    """
    findings = []
    for name, city in people:
        found = _where(body, name)
        if found is not None:
            findings.append(Finding(name, city, _passage(body, found)))
    return findings


def replace_name(body: str, name: str, by: str) -> str:
    """Put another word in place of a full name, and then of the last name."""
    for pattern in _patterns(name):
        body = pattern.sub(lambda _match: by, body)
    return body


def _where(body: str, name: str) -> int | None:
    matches = (pattern.search(body) for pattern in _patterns(name))
    return next((match.start() for match in matches if match), None)


def _patterns(name: str) -> list[re.Pattern[str]]:
    words = name.split()
    if not words:
        return []
    full = r"\s+".join(re.escape(word) for word in words)
    patterns = [re.compile(rf"(?<!\w){full}(?!\w)", re.IGNORECASE)]
    if len(words) > 1 and len(words[-1]) >= SHORTEST_NAME:
        patterns.append(re.compile(rf"(?<!\w){re.escape(words[-1])}(?!\w)"))
    return patterns


def _passage(body: str, at: int) -> str:
    """Return the line a name stands in, shortened around it."""
    begin = body.rfind("\n", 0, at) + 1
    end = body.find("\n", at)
    line = body[begin : len(body) if end < 0 else end]
    cut = max(0, at - begin - LONGEST_PASSAGE // 2)
    shown = line[cut : cut + LONGEST_PASSAGE].strip().lstrip("-*# ")
    return f"{'… ' if cut else ''}{shown}{' …' if cut + LONGEST_PASSAGE < len(line) else ''}"
