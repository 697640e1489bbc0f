# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The core actions in a browser that runs no scripts: every one is a form or a link."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser

from cop.demo.people import KASSEL
from tests.browser.demo import Demo
from tests.browser.people import COMMUNITY, Person, proposes

MEETING = f"Treffen 14 der {COMMUNITY}"


@pytest.fixture
def at_kassel(demo: Demo, chromium: Browser) -> Iterator[Callable[[str], Person]]:
    """Sign somebody of Kassel in, each in a browser of their own."""
    with ExitStack() as profiles:

        def enter(name: str) -> Person:
            profile = chromium.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
            profiles.callback(profile.close)
            return Person(profile.new_page(), demo.origins["kassel"], name).enters()

        yield enter


def test_a_person_joins_and_a_coordinator_lets_them_in(at_kassel):
    selin = at_kassel("Selin Aydoru").goes_to_the_community()
    selin.follows("Mitmachen").picks("Ja, meinen Namen").presses("Mitmachen anfragen").reads("Angefragt")

    nadja = at_kassel("Nadja Petrikat").reads("1 Person möchte").follows("Antworten")
    nadja.presses("Aufnehmen Selin Aydoru").reads("Niemand wartet")

    at_kassel("Selin Aydoru").goes_to_the_community().reads("Thema vorschlagen", "5 Mitglieder aus 2 Städten")


def test_a_topic_is_proposed_edited_supported_and_withdrawn(at_kassel):
    tjark = at_kassel("Tjark Wolnow").goes_to_the_meeting(MEETING)

    proposes(tjark, "Was hilft gegen Unterbrechungen?", "Eine Stunde am Tag?")
    tjark.presses("dafür", tjark.row("Unterbrechungen")).reads("1✓ dafür", part=tjark.row("Unterbrechungen"))
    tjark.follows("Ändern", tjark.row("Unterbrechungen")).writes(pitch="Zwei Stunden am Tag?").presses("Speichern")
    tjark.reads("Zwei Stunden am Tag?", part=tjark.row("Unterbrechungen"))
    tjark.presses("Zurückziehen", tjark.row("Unterbrechungen"))

    assert tjark.row("Unterbrechungen").count() == 0
    tjark.page.get_by_role("button", name="Rückgängig").click()
    tjark.reads("1✓ dafür", part=tjark.row("Unterbrechungen"))


def test_a_faulty_form_comes_back_with_what_was_typed(at_kassel):
    nadja = at_kassel("Nadja Petrikat").goes_to_the_meeting(MEETING).follows("Treffen ändern")

    nadja.writes(description="Bleibt stehen", closes_days_before="90").presses("Speichern")

    assert nadja.page.title().startswith("Fehler:")
    assert nadja.main.locator("[name=description]").input_value() == "Bleibt stehen"
    nadja.reads("Die Themensammlung kann nicht enden, bevor sie beginnt.")


def test_somebody_says_whether_they_come(at_kassel):
    tjark = at_kassel("Tjark Wolnow").goes_to_the_meeting(MEETING)

    tjark.presses("Zusagen").reads("Angemeldet", "BigBlueButton")
    tjark.presses("Ich kann nicht").reads("Abgesagt")


def test_a_turn_is_taken_and_passed_on(at_kassel):
    reader = at_kassel("Nadja Petrikat").goes_to_the_meeting(MEETING)
    moderator = reader.main.locator("ol.cop-order > li").first.inner_text()
    name = next((persona.name for persona in KASSEL if persona.name in moderator), reader.name)

    holder = at_kassel(name).goes_to_the_meeting(MEETING)
    holder.presses("Moderation übernehmen").reads("Bestätigt", part=holder.turn("Sie moderieren"))
    holder.follows("Weitergeben", holder.turn("Sie moderieren")).presses("Weitergeben").reads("Angefragt")

    assert holder.goes_to_the_meeting(MEETING).turn("Sie moderieren").count() == 0
