# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The shape of a draft, and what should be looked at before a text is published."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: stands where something is still to be written
OPEN_PLACE = "…"
LONGEST_PASSAGE = 160
#: shorter parts of names are found everywhere
SHORTEST_NAME = 3

_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|])")


@dataclass(frozen=True, slots=True)
class HappenedTopic:
    """A topic that was talked about; `city` is where its proposer works.

    Notes, decisions and actions are lines in their order, each as it is shown.
    """

    title: str
    city: str
    minutes: int | None = None
    notes: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()

    @property
    def silent(self) -> bool:
        """Whether nothing was written down about it."""
        return not (self.notes or self.decisions or self.actions)


@dataclass(frozen=True, slots=True)
class Happened:
    """A meeting as it happened: its topics in their order, then what belongs to none of them."""

    topics: tuple[HappenedTopic, ...] = ()
    actions: tuple[str, ...] = ()
    parked: tuple[str, ...] = ()
    take_aways: tuple[str, ...] = ()
    next_date: str = ""


@dataclass(frozen=True, slots=True)
class Headings:
    """The words of a draft, in the community's language; `proposed_by` has the place `%(city)s`, `talked` `%(num)s`."""

    proposed_by: str
    talked: str
    decisions: str
    actions: str
    parked: str
    take_aways: str
    next_date: str
    meeting: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A person's name in the text, and the passage around it; `city` could stand in its place."""

    name: str
    city: str
    passage: str


def write_draft(when: str, happened: Happened, headings: Headings) -> str:
    """Return a draft in Markdown: the topics in their order, then what was parked, taken along and comes next.

    A topic about which nothing was written down has places for notes,
    decisions and actions; so has a meeting without topics. Proposers are
    named by their city alone: whoever wants a name writes it.
    """
    topics = happened.topics or (HappenedTopic(headings.meeting, ""),)
    rest = [
        _list(1, headings.actions, happened.actions),
        _list(1, headings.parked, happened.parked),
        _list(1, headings.take_aways, happened.take_aways),
        _list(1, headings.next_date, (happened.next_date,) if happened.next_date else ()),
    ]
    parts = [plain(when), *(_topic(topic, headings) for topic in topics), *rest]
    return "\n\n".join(part for part in parts if part) + "\n"


def _topic(topic: HappenedTopic, headings: Headings) -> str:
    gap = (OPEN_PLACE,) if topic.silent else ()
    origin = headings.proposed_by.replace("%(city)s", plain(topic.city)) if topic.city else ""
    talked = headings.talked.replace("%(num)s", str(topic.minutes)) if topic.minutes is not None else ""
    parts = [
        f"# {plain(topic.title)}",
        ", ".join(fact for fact in (origin, talked) if fact),
        _items(topic.notes or gap),
        _list(2, headings.decisions, topic.decisions or gap),
        _list(2, headings.actions, topic.actions or gap),
    ]
    return "\n\n".join(part for part in parts if part)


def _list(level: int, heading: str, lines: Sequence[str]) -> str:
    return f"{'#' * level} {heading}\n\n{_items(lines)}" if lines else ""


def _items(lines: Sequence[str]) -> str:
    return "\n".join(f"- {plain(line)}" for line in lines)


def plain(text: str) -> str:
    """Return a text as one line that Markdown shows as it is."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def open_places(body: str) -> int:
    """Count the places of a draft that nobody filled."""
    return sum(line.strip(" -*") == OPEN_PLACE for line in body.splitlines())


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
