# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Words for tags, and what changed between two texts."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

MOST_TAGS = 12
LONGEST_TAG = 60
#: unchanged lines shown around a change
AROUND = 1
#: comparing word by word takes time by the square; longer passages are shown as a whole
MOST_WORDS = 3000

_WORDS = re.compile(r"\w+|\s+|[^\w\s]")


class Change(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Piece:
    """A few words that were kept, added or removed."""

    change: Change
    text: str


Line = tuple[Piece, ...]


def clean_tags(words: Iterable[str]) -> list[str]:
    """Return tags as they are kept: trimmed, each once whatever its capitals, at most twelve."""
    kept: dict[str, str] = {}
    for word in words:
        tag = " ".join(word.replace("#", " ").split())[:LONGEST_TAG].strip()
        if tag:
            kept.setdefault(tag.casefold(), tag)
    return list(kept.values())[:MOST_TAGS]


def compare(before: str, after: str) -> list[Line]:
    """Say word by word what changed, as lines; an empty line stands for unchanged lines left out.

    Lines are compared first, then the words of those that differ. A removed
    line break ends no line: what follows is shown beside what went.
    """
    lines = [line for line in _lines(_pieces(before, after)) if any(piece.text.strip() for piece in line)]
    shown = {
        near
        for at, line in enumerate(lines)
        if any(piece.change != Change.SAME for piece in line)
        for near in range(at - AROUND, at + AROUND + 1)
    }
    return list(_with_gaps(lines, shown))


def _with_gaps(lines: Sequence[Line], shown: set[int]) -> Iterator[Line]:
    gap = False
    for at, line in enumerate(lines):
        if at in shown:
            yield line
        elif not gap:
            yield ()
        gap = at not in shown


def _pieces(before: str, after: str) -> Iterator[Piece]:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Piece(Change.SAME, "".join(old[a:b]))
        else:
            yield from _words("".join(old[a:b]), "".join(new[c:d]))


def _words(before: str, after: str) -> Iterator[Piece]:
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if max(len(old), len(new)) > MOST_WORDS:
        yield from _swap(before, after)
        return
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Piece(Change.SAME, "".join(old[a:b]))
        else:
            yield from _swap("".join(old[a:b]), "".join(new[c:d]))


def _swap(removed: str, added: str) -> Iterator[Piece]:
    if removed:
        yield Piece(Change.REMOVED, removed)
    if added:
        yield Piece(Change.ADDED, added)


def _lines(pieces: Iterable[Piece]) -> Iterator[Line]:
    line: list[Piece] = []
    for piece in pieces:
        first, *rest = piece.text.split("\n")
        line.append(Piece(piece.change, first))
        for text in rest:
            yield _without_empty(line)
            line = [Piece(piece.change, text)]
    yield _without_empty(line)


def _without_empty(line: Iterable[Piece]) -> Line:
    return tuple(piece for piece in line if piece.text)
