# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rows for spreadsheets, which take some texts for commands."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

#: what spreadsheets calculate, also in full width, behind quotes, or where another separator is believed in
_FORMULA = re.compile(r"""(\A["']*|[;,|])[=+\-@＝＋－＠]""")
_BREAKS = ("\t", "\r", "\n")


def as_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """Return rows as RFC 4180 says, in UTF-8 with the mark by which spreadsheets know it.

    A cell that could be a formula gets an apostrophe in front: it stays text.
    """
    text = io.StringIO(newline="")
    csv.writer(text).writerows([plain_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def plain_cell(cell: str) -> str:
    """Return a cell that no spreadsheet calculates."""
    without_blanks = "".join(cell.replace("\t", ";").split())
    dangerous = cell.startswith(_BREAKS) or _FORMULA.search(without_blanks)
    return f"'{cell}" if dangerous else cell
