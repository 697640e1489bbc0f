# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The one spelling of a JSON document that is hashed and signed: JCS (RFC 8785)."""

import json
from typing import Any

import rfc8785


def canonical(document: Any) -> bytes:
    """Write a document as JCS does.

    Where there are no fractions and no names beyond ASCII, the standard library writes the same bytes in half the time:
    it escapes as ECMAScript does, and ASCII sorts as UTF-16 does.

    Raises:
        ValueError: when it is not JSON, or holds a number that is not the same everywhere.
    """
    if _is_plain(document):
        text = json.dumps(document, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
        return text.encode("utf-8")
    return rfc8785.dumps(document)


def _is_plain(document: Any) -> bool:
    """Tell whether both ways give the same bytes; what is in doubt is left to the library."""
    waiting = [document]
    while waiting:
        value = waiting.pop()
        kind = type(value)
        if kind is str or value is None or kind is bool:
            continue
        if kind is dict:
            if {*map(type, value)} - {str} or not "".join(value).isascii():
                return False
            waiting.extend(value.values())
        elif kind is list:
            waiting.extend(value)
        elif kind is not int or not -(2**53) < value < 2**53:
            return False
    return True
