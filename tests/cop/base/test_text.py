# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Text as it is kept."""

import pytest

from cop.base.text import one_line, running_text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  A\r\nB ", "A B"),
        ("A\x00\x0bB", "A B"),
        ("A\u2028B\u202eC", "A BC"),
        ("Mentor:innen – „ja“ 👩🏽‍🏫", "Mentor:innen – „ja“ 👩🏽‍🏫"),
    ],
)
def test_a_line_has_no_breaks_and_no_controls(text, line):
    assert one_line(text) == line


def test_paragraphs_keep_their_breaks_and_nothing_else():
    assert running_text("A\r\nB\x00\x0b\rC\u2028D") == "A\nB\nCD"
