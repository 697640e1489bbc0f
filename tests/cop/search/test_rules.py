# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Words of a question, and passages."""

from cop.search.rules import AROUND, MOST_WORDS, passage, words_of


def test_each_word_is_looked_for_once_and_controls_are_no_words():
    assert words_of(" Desk \0 sharing\tDesk \x07 ") == ["Desk", "sharing"]


def test_a_long_question_is_cut():
    assert len(words_of("a b c d e f g h i j k")) == MOST_WORDS
    assert words_of("x" * 300) == ["x" * 200]


def test_a_passage_stands_around_the_first_word_found():
    text = "a " * 100 + "Büro " + "b " * 100

    assert passage(text, ["nirgends", "büro"]).strip("… ").startswith("a a")
    assert "Büro" in passage(text, ["nirgends", "büro"])
    assert len(passage(text, ["büro"])) <= 2 * AROUND + 4


def test_a_passage_without_a_hit_is_the_beginning_without_marks():
    assert passage("# Regeln\n\n**Wenige** `Regeln`", ["Titel"]) == "Regeln Wenige Regeln"
