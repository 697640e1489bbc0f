# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Multibase, base58-btc: how FEP-521a writes keys and FEP-8b32 signatures."""

_DIGITS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_MARK = "z"


def encode(content: bytes) -> str:
    """Write bytes, with the mark of the base before them."""
    zeros = len(content) - len(content.lstrip(b"\0"))
    number, digits = int.from_bytes(content), ""
    while number:
        number, digit = divmod(number, 58)
        digits = _DIGITS[digit] + digits
    return _MARK + _DIGITS[0] * zeros + digits


def decode(text: object, *, length: int) -> bytes:
    """Read bytes of a known length, in the one spelling they have.

    Raises:
        ValueError: when it is anything else.
    """
    if not isinstance(text, str) or not text.startswith(_MARK) or len(text) > len(_MARK) + 2 * length:
        raise ValueError("not a multibase text of this length")
    number = 0
    for digit in text[1:]:
        number = number * 58 + _DIGITS.index(digit)
    try:
        content = number.to_bytes(length)
    except OverflowError as error:
        raise ValueError("too long") from error
    if encode(content) != text:
        raise ValueError("another length, or another spelling")
    return content
