# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Multibase, base58-btc: how FEP-521a writes keys and FEP-8b32 signatures."""

_DIGITS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}
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
    digits, number = text[1:], 0
    try:
        for digit in digits:
            number = number * 58 + _VALUES[digit]
        content = number.to_bytes(length)
    except (KeyError, OverflowError) as error:
        raise ValueError("no digit, or too long") from error
    if len(digits) - len(digits.lstrip(_DIGITS[0])) != length - len(content.lstrip(b"\0")):
        raise ValueError("another length, or another spelling")
    return content
