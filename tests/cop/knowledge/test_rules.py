# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Tags, and what changed between two texts."""

from hypothesis import given
from hypothesis import strategies as st

from cop.knowledge.rules import MOST_WORDS, Change, clean_tags, compare


def told(lines):
    """Say a comparison in short: +added+, -removed-."""
    marks = {Change.SAME: "", Change.ADDED: "+", Change.REMOVED: "-"}
    return ["".join(f"{marks[p.change]}{p.text}{marks[p.change]}" for p in line) for line in lines]


def test_tags_are_trimmed_and_each_is_kept_once_whatever_its_capitals():
    assert clean_tags([" Desk  sharing", "desk sharing", "", "#Führung", "  "]) == ["Desk sharing", "Führung"]


def test_more_than_twelve_tags_are_not_kept():
    assert clean_tags(str(number) for number in range(20)) == [str(number) for number in range(12)]


def test_a_tag_is_cut_after_sixty_letters():
    assert clean_tags(["x" * 70]) == ["x" * 60]


def test_a_changed_word_is_shown_as_removed_and_added():
    assert told(compare("Wir treffen uns am Montag.", "Wir treffen uns am Dienstag.")) == [
        "Wir treffen uns am -Montag-+Dienstag+."
    ]


def test_lines_far_from_a_change_are_left_out():
    before = "eins\nzwei\ndrei\nvier\nfünf\n"

    assert told(compare(before, before + "sechs\n")) == ["", "fünf", "+sechs+"]


def test_between_two_changes_far_apart_one_gap_is_shown():
    before = "a\nb\nc\nd\ne\nf\ng"

    assert told(compare(before, "A\nb\nc\nd\ne\nf\nG")) == ["-a-+A+", "b", "", "f", "-g-+G+"]


def test_a_removed_line_is_shown():
    assert told(compare("eins\nzwei\n", "eins\n")) == ["eins", "-zwei-"]


def test_the_same_text_has_nothing_to_show():
    assert told(compare("eins\nzwei", "eins\nzwei")) == [""]


def test_very_long_passages_are_compared_as_a_whole():
    before = "wort " * MOST_WORDS

    assert told(compare(before, "anderes " + before)) == [f"-{before}-+anderes {before}+"]


@given(st.text("ab \n", max_size=40), st.text("ab \n", max_size=40))
def test_what_is_not_added_was_there_before_and_what_is_not_removed_is_there_now(before, after):
    lines = [line for line in compare(before, after) if line]

    kept = {word for line in lines for piece in line if piece.change != Change.ADDED for word in piece.text.split()}
    now = {word for line in lines for piece in line if piece.change != Change.REMOVED for word in piece.text.split()}
    assert all(word in before for word in kept)
    assert all(word in after for word in now)
