# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The shape of a draft."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

#: stands where something is still to be written
OPEN_PLACE = "…"

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
    takeaways: tuple[str, ...] = ()
    next_date: str = ""


@dataclass(frozen=True, slots=True)
class Headings:
    """The words of a draft, in the community's language; `proposed_by` has the place `%(city)s`, `talked` `%(num)s`."""

    proposed_by: str
    talked: str
    decisions: str
    actions: str
    parked: str
    takeaways: str
    next_date: str
    meeting: str


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
        _list(1, headings.takeaways, happened.takeaways),
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
