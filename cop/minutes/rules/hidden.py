# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Passages that stay with the community: what stands between `[[` and `]]`.

When in doubt a text is hidden: what is opened and never closed is hidden to the end, and a passage may stand inside
another.
"""

import re
from collections.abc import Iterator

MARKS = ("[[", "]]")

_MARK = re.compile(r"(\[\[|\]\])")
#: a list's sign, a heading's or a quote's without anything behind it: all of it was hidden
_EMPTY = re.compile(r"^[ \t]*(?:[-*+>]|#{1,6}|\d+[.)])[ \t]*$\n?", re.MULTILINE)
_GAPS = re.compile(r"\n{3,}")


def hidden_passages(body: str) -> list[str]:
    """Return what is hidden in a text, passage by passage, without the marks."""
    return [text.strip() for text, hidden in _pieces(body) if hidden and text.strip()]


def without_hidden(body: str) -> str:
    """Return a text without its hidden passages, and without the lines that they leave empty."""
    shown = "".join(text for text, hidden in _pieces(body) if not hidden)
    if shown == body:
        return body
    return _GAPS.sub("\n\n", _EMPTY.sub("", shown)).strip() + "\n"


def with_hidden(body: str) -> str:
    """Return a text as the community reads it: all of it, without the marks."""
    return "".join(text for text, _hidden in _pieces(body))


def _pieces(body: str) -> Iterator[tuple[str, bool]]:
    depth, passage = 0, ""
    for part in _MARK.split(body):
        if part == "[[":
            depth += 1
            if depth == 1:
                yield passage, False
                passage = ""
        elif part == "]]" and depth:
            depth -= 1
            if depth == 0:
                yield passage, True
                passage = ""
        else:
            passage += part
    yield passage, depth > 0
