# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""JSON that every reader understands the same way (RFC 7493), checked before any signature is."""

import json
import math
from collections.abc import Sequence
from typing import Any

from federation.errors import bad

MAX_BODY = 1024 * 1024
MAX_DEPTH = 32
MAX_ITEMS = 1000
#: Integers beyond this are not the same number everywhere (RFC 7493, section 2.2).
MAX_INTEGER = 2**53 - 1
_MAX_DIGITS = len("-9007199254740991")


def loads(body: bytes) -> Any:
    """Read a document strictly.

    Refused: more than 1 MiB, anything but UTF-8 without a byte order mark, NUL and lone surrogates (escaped or not),
    duplicate keys, NaN and Infinity, integers beyond 2^53-1, more than 32 levels, more than 1,000 items in one place,
    anything after the end.

    Raises:
        Refused: 413 when it is too long, else 400 with a code that begins with `json_`.
    """
    if len(body) > MAX_BODY:
        raise bad("size", "more than 1 MiB", 413)
    try:
        text = body.decode("utf-8")
        document = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_int=_integer,
            parse_float=_float,
        )
    except UnicodeDecodeError as error:
        raise bad("json_encoding", "not UTF-8") from error
    except RecursionError as error:
        raise bad("json_depth", f"nested deeper than {MAX_DEPTH}") from error
    except ValueError as error:
        raise bad("json_syntax", "not JSON") from error
    _check(document, escapes="\\u" in text)
    return document


def dumps(document: Any) -> bytes:
    """Write a document that `loads` takes."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise bad("json_duplicate", "a key appears twice in one object")
    return members


def _refuse_constant(name: str) -> Any:
    raise bad("json_number", "NaN and Infinity are not JSON")


def _integer(digits: str) -> int:
    if len(digits) > _MAX_DIGITS or abs(number := int(digits)) > MAX_INTEGER:
        raise bad("json_number", "an integer beyond 2^53-1")
    return number


def _float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise bad("json_number", "a number too large to be one")
    return number


def _check(document: Any, *, escapes: bool) -> None:
    """Check depth, sizes and, where escapes could hide something, each text; without recursion."""
    level: list[Any] = [document]
    depth = 0
    while level:
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                _check_size(value)
                if escapes:
                    below.extend(value.keys())
                below.extend(value.values())
            elif isinstance(value, list):
                _check_size(value)
                below.extend(value)
            elif escapes and isinstance(value, str):
                _check_text(value)
        depth += any(isinstance(value, (dict, list)) for value in level)
        if depth > MAX_DEPTH:
            raise bad("json_depth", f"nested deeper than {MAX_DEPTH}")
        level = below


def _check_size(container: dict[str, Any] | list[Any]) -> None:
    if len(container) > MAX_ITEMS:
        raise bad("json_items", f"more than {MAX_ITEMS} items in one place")


def _check_text(text: str) -> None:
    if "\0" in text:
        raise bad("json_text", "NUL in a text")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise bad("json_text", "half a surrogate pair in a text") from error
