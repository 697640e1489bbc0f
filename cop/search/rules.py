# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Words of a question, and the passage that shows why something was found."""

import re
from collections.abc import Sequence

LONGEST_QUESTION = 200
MOST_WORDS = 8
AROUND = 90

_MARKS = re.compile(r"[#*_`>|\[\]\\]+")


def words_of(question: str) -> list[str]:
    """Return the words to look for: each of them must be found."""
    shown = "".join(letter for letter in question[:LONGEST_QUESTION] if letter.isprintable() or letter.isspace())
    return list(dict.fromkeys(shown.split()))[:MOST_WORDS]


def passage(text: str, words: Sequence[str]) -> str:
    """Return the part of a text around the first word found in it, else its beginning; without Markdown's marks."""
    plain = " ".join(_MARKS.sub(" ", text).split())
    lowered = plain.lower()
    found = [at for word in words if (at := lowered.find(word.lower())) >= 0]
    begin = max(0, min(found, default=0) - AROUND)
    end = min(len(plain), begin + 2 * AROUND)
    return f"{'… ' if begin else ''}{plain[begin:end].strip()}{' …' if end < len(plain) else ''}"
