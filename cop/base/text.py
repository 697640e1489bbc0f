# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What people and other cities write, as it is kept: one spelling, and nothing that acts on the text around it."""

import re
import unicodedata

#: controls, and what turns the direction of the text that follows (Unicode TR 9)
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
#: accents piled up until they cover the lines above and below
_PILE = re.compile(
    r"([\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4})[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)


def running_text(text: str) -> str:
    """Return text with its lines: composed (NFC), without unseen characters, at most four accents on one letter."""
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _PILE.sub(r"\1", _UNSEEN.sub("", composed))


def one_line(text: str) -> str:
    """Return text as one line: line breaks would be more lines to mail and calendars."""
    return " ".join(running_text(_BREAKS.sub(" ", text)).split())
