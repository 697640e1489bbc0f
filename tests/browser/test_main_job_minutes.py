# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The main job, last part: the minutes are written in Kassel, read in Aalborg, and corrected."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.demo import Demo
from tests.browser.people import Person, plans_a_meeting, proposes

TOPICS = ["Wie führen wir Jahresgespräche?", "Hvem følger op bagefter?"]


@pytest.fixture
def nadja(demo: Demo, chromium: Browser) -> Iterator[Person]:
    profile = chromium.new_context(viewport={"width": 1280, "height": 900})
    yield Person(profile.new_page(), demo.origins["kassel"], "Nadja Petrikat").enters()
    profile.close()


@pytest.fixture
def lars(demo: Demo, nadja: Person) -> Person:
    return Person(nadja.page.context.new_page(), demo.origins["aalborg"], "Lars Bundgård").enters()


def holds(nadja: Person, lars: Person, title: str) -> None:
    """Let a meeting that began some minutes ago collect a topic of each city, and end."""
    plans_a_meeting(nadja, title, starts_in=timedelta(minutes=-5), minutes="60")
    proposes(nadja, TOPICS[0])
    lars.goes_to_the_meeting(title)
    proposes(lars, TOPICS[1])
    nadja.waits_for(lambda: nadja.row(TOPICS[1]))
    nadja.follows("Treffen beenden").reads("Dieses Treffen beenden?").presses("Treffen beenden")
    nadja.reads("Vorbei", "Wer an der Reihe war")


def publishes(nadja: Person, audience: str, **more: str) -> None:
    nadja.presses("Speichern und Leserkreis wählen").reads(
        "Wer soll das Protokoll lesen?", "Vor dem Veröffentlichen geprüft"
    )
    nadja.picks(audience).writes(**more)
    nadja.main.locator("button.kern-btn--primary").click()


def test_the_minutes_are_drafted_in_order_published_and_corrected_in_both_cities(nadja, lars):
    title = "Treffen mit Protokoll"
    holds(nadja, lars, title)
    nadja.follows("Protokoll schreiben")
    draft = nadja.main.get_by_label("Text").input_value()
    assert [line[2:] for line in draft.splitlines() if line.startswith("# ")] == TOPICS
    assert "Vorgeschlagen aus Aalborg" in draft

    written = draft.replace("- …", "- Wir führen sie im Frühjahr.", 1).replace("\n- …\n", "\n- Nichts\n")
    nadja.writes(body=written)
    publishes(nadja, "Alle Partnerstädte")

    nadja.reads(f"Protokoll: {title}", "Kassel", "Partnerstädte", "CC BY 4.0", "Wir führen sie im Frühjahr.")
    lars.goes_to_the_meeting(title)
    lars.waits_for(lambda: lars.link("Læs referatet"))
    lars.follows("Læs referatet").reads("Wir führen sie im Frühjahr.", "CC BY 4.0", "partnerbyer")
    lars.reads("Fra Kassel, version 1. Underskriften er kontrolleret.", title)
    assert lars.page.locator("article").get_attribute("lang") == "de"

    nadja.follows("Protokoll berichtigen").writes(body=written.replace("Frühjahr", "Herbst"))
    publishes(nadja, "Alle Partnerstädte", note="Herbst statt Frühjahr")

    lars.waits_to_read("Fra Kassel, version 2. Underskriften er kontrolleret.")
    lars.reads("Wir führen sie im Herbst.", "Herbst statt Frühjahr").follows("Version 2 fra")
    expect(lars.page.locator("del").first).to_contain_text("Frühjahr")
    expect(lars.page.locator("ins").first).to_contain_text("Herbst")
    assert lars.goes_to("/knowledge").main.get_by_role("link", name=f"Protokoll: {title}").count() == 1


def test_minutes_for_the_community_alone_are_for_its_members_in_both_cities(chromium, nadja, lars):
    title = "Treffen unter uns"
    holds(nadja, lars, title)
    nadja.follows("Protokoll schreiben").writes(body="# Ergebnis\n\nMiriam Ahlsdorf schickt den Leitfaden.")
    nadja.presses("Speichern und Leserkreis wählen")
    nadja.reads("Ein Name steht noch im Text: Miriam Ahlsdorf.", "„Miriam Ahlsdorf schickt den Leitfaden.“")
    nadja.presses("Durch „Kassel“ ersetzen").reads("Kein Mitglied der Gemeinschaft steht mit Namen im Text.")
    nadja.presses("Für die Gemeinschaft veröffentlichen").reads("Kassel schickt den Leitfaden.", "nur Gemeinschaft")

    lars.goes_to_the_meeting(title)
    lars.waits_for(lambda: lars.link("Læs referatet"))
    lars.follows("Læs referatet").reads("Kassel schickt den Leitfaden.")
    path = lars.page.url.removeprefix(lars.origin)
    elsewhere = chromium.new_context()
    signe = Person(elsewhere.new_page(), lars.origin, "Signe Vestermark").enters()
    assert signe.goes_to("/knowledge").main.get_by_role("link", name=f"Protokoll: {title}").count() == 0
    assert signe.page.goto(lars.origin + path).status == 404
    elsewhere.close()


def test_a_draft_is_amended_by_a_member_checked_published_and_corrected(chromium, nadja, lars):
    title = "Treffen mit Ergänzungen"
    holds(nadja, lars, title)
    nadja.follows("Protokoll schreiben")
    nadja.writes(body="# Ergebnis\n\n- Wir führen sie im Frühjahr.\n- [[Ein Fall aus der Beratung]]\n")
    nadja.presses("Entwurf speichern").reads("Um Ergänzungen bitten").presses("Um Ergänzungen bitten")
    nadja.reads("Mitglieder können den Entwurf jetzt lesen und ergänzen.")
    elsewhere = chromium.new_context(viewport={"width": 320, "height": 700}, java_script_enabled=False)
    miriam = Person(elsewhere.new_page(), nadja.origin, "Miriam Ahlsdorf").enters()

    miriam.goes_to(nadja.page.url.removeprefix(nadja.origin)).reads(
        "Wir führen sie im Frühjahr.", "Ein Fall aus der Beratung"
    )
    miriam.main.get_by_label("Welche Stelle?").select_option(index=1)
    miriam.presses("Diese Stelle umformulieren").reads("Wie soll es heißen?")
    miriam.writes(text="- Wir führen sie im Mai.").presses("Vorschlagen")
    miriam.reads("Vorgeschlagen. Wer das Protokoll schreibt, antwortet hier.")
    miriam.writes(text="Der Raum fehlt.").presses("Vorschlagen")

    nadja.goes_to_the_meeting(title).follows("Protokoll schreiben").reads("2 warten auf Ihre Antwort.")
    nadja.follows("Zu den Ergänzungen").presses("Übernehmen").reads("Angenommen. Es steht jetzt im Text.")
    nadja.writes(reason="Das steht in der Einladung.").presses("Nicht übernehmen")
    nadja.reads("Das steht in der Einladung.").follows("Zum Entwurf")
    publishes(nadja, "Alle in Kassel")

    nadja.reads(f"Protokoll: {title}", "Wir führen sie im Mai.")
    expect(nadja.main.locator("article")).not_to_contain_text("Fall")
    nadja.reads("Nur für die Gemeinschaft", "Ein Fall aus der Beratung").follows("Protokoll berichtigen")
    nadja.writes(body="# Ergebnis\n\n- Wir führen sie im Juni.\n")
    publishes(nadja, "Alle in Kassel", note="Juni statt Mai")
    nadja.reads("Fassung 2", "Juni statt Mai")
    elsewhere.close()
