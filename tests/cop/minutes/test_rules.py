# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The shape of a draft, and names in a text."""

import pytest

from cop.minutes.rules import (
    Finding,
    Happened,
    HappenedTopic,
    Headings,
    find_names,
    open_places,
    plain,
    replace_name,
    write_draft,
)

HEADINGS = Headings(
    proposed_by="Vorgeschlagen aus %(city)s",
    talked="%(num)s Minuten",
    decisions="Beschlüsse",
    actions="Aufgaben",
    parked="Für später",
    takeaways="Was wir mitnehmen",
    next_date="Nächstes Treffen",
    meeting="Treffen 14",
)


def test_a_draft_has_the_topics_in_their_order_with_the_city_of_each():
    happened = Happened((HappenedTopic("Mentoring", "Kassel"), HappenedTopic("Desksharing", "Köln")))

    assert write_draft("Donnerstag, 3. Dezember 2026", happened, HEADINGS).splitlines()[::2] == [
        "Donnerstag, 3. Dezember 2026",
        "# Mentoring",
        "Vorgeschlagen aus Kassel",
        "- …",
        "## Beschlüsse",
        "- …",
        "## Aufgaben",
        "- …",
        "# Desksharing",
        "Vorgeschlagen aus Köln",
        "- …",
        "## Beschlüsse",
        "- …",
        "## Aufgaben",
        "- …",
    ]


def test_without_topics_the_meeting_itself_is_the_heading():
    assert "# Treffen 14\n\n- …" in write_draft("heute", Happened(), HEADINGS)


def test_what_was_written_down_leaves_no_open_places():
    topic = HappenedTopic("Mentoring", "Kassel", 12, notes=("Zwei *Wege*",), actions=("Liste schicken (Köln)",))
    happened = Happened(
        (topic,), actions=("Raum buchen",), parked=("Homeoffice",), takeaways=("Mut",), next_date="3. März"
    )

    draft = write_draft("heute", happened, HEADINGS)

    assert [line for line in draft.splitlines() if line] == [
        "heute",
        "# Mentoring",
        "Vorgeschlagen aus Kassel, 12 Minuten",
        r"- Zwei \*Wege\*",
        "## Aufgaben",
        "- Liste schicken (Köln)",
        "# Aufgaben",
        "- Raum buchen",
        "# Für später",
        "- Homeoffice",
        "# Was wir mitnehmen",
        "- Mut",
        "# Nächstes Treffen",
        "- 3. März",
    ]
    assert open_places(draft) == 0


def test_a_title_can_not_become_markdown():
    assert plain("**Neu**\n# [x](https://a.example) <b>") == r"\*\*Neu\*\* \# \[x\](https://a.example) \<b\>"


def test_places_that_nobody_filled_are_counted():
    assert open_places("- …\n- Fertig …\n* …\n…\n") == 3


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("Pascal Overrath lädt hoch", ["Pascal Overrath lädt hoch"]),
        ("- pascal  overrath lädt hoch", ["pascal  overrath lädt hoch"]),
        ("Herr Overrath lädt hoch", ["Herr Overrath lädt hoch"]),
        ("der overrath", []),
        ("Overrathstraße", []),
        ("Pascal lädt hoch", []),
        ("", []),
    ],
)
def test_full_and_last_names_are_found(body, found):
    assert [finding.passage for finding in find_names(body, [("Pascal Overrath", "Köln")])] == found


def test_each_person_is_found_once_with_the_city():
    findings = find_names("Overrath, Overrath und Li", [("Pascal Overrath", "Köln"), ("Mei Li", "Kassel"), ("", "")])

    assert findings == [Finding("Pascal Overrath", "Köln", "Overrath, Overrath und Li")]


def test_a_long_line_is_shortened_around_the_name():
    [finding] = find_names("a" * 200 + " Overrath " + "b" * 200, [("Pascal Overrath", "Köln")])

    assert finding.passage.startswith("… aaa")
    assert " Overrath " in finding.passage
    assert finding.passage.endswith("bbb …")


def test_a_name_is_replaced_wherever_it_stands():
    text = "Pascal Overrath und Herr Overrath, nicht Overrathstraße"

    assert replace_name(text, "Pascal Overrath", r"\1 Köln") == r"\1 Köln und Herr \1 Köln, nicht Overrathstraße"
