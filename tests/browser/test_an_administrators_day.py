# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""An administrator's day: Nadja in Kassel and Lars in Aalborg connect, watch, mend and end what is between their cities."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.demo import Demo
from tests.browser.pages import looks_wrong
from tests.browser.people import Person, plans_a_meeting

LIST = "/admin/partners"


@dataclass
class Two:
    """Who administers Kassel, and who Aalborg."""

    nadja: Person
    lars: Person


@pytest.fixture(scope="module")
def two(demo: Demo, chromium: Browser) -> Iterator[Two]:
    profile = chromium.new_context(viewport={"width": 1280, "height": 900})
    nadja = Person(profile.new_page(), demo.origins["kassel"], "Nadja Petrikat").enters()
    lars = Person(profile.new_page(), demo.origins["aalborg"], "Lars Bundgård").enters()
    yield Two(nadja, lars)
    profile.close()


def partner(person: Person) -> Locator:
    """The other city in the list."""
    return person.main.locator("li.cop-partner").first


def manages(person: Person) -> Person:
    """Open the other city's page."""
    person.goes_to(LIST).follows(re.compile("^(Verwalten|Administrér)"), partner(person))
    return unfolds(person)


def unfolds(person: Person) -> Person:
    """Open what is folded, by the keyboard."""
    folded = person.main.locator("details.cop-fold:not([open]) > summary")
    for _ in range(folded.count()):
        folded.first.press("Enter")
    expect(folded).to_have_count(0)
    return person


def fact(person: Person, term: str, part: Locator | None = None) -> str:
    """What stands beside a term."""
    row = (part or person.main).locator("dt", has_text=re.compile(f"^{term}$"))
    return person.text(row.locator("xpath=following-sibling::dd[1]"))


def chooses(person: Person, group: str, answer: str) -> Person:
    person.main.get_by_role("group", name=group).locator("label", has_text=answer).first.click()
    return person


def finds(person: Person, title: str) -> None:
    """Find a meeting by the search, as soon as it is there."""
    person.goes_to(f"/search?q={title}").waits_for(lambda: person.link(title))


def is_connected(person: Person, word: str) -> None:
    person.goes_to(LIST).waits_to_read(word, lambda: partner(person))


def test_they_connect_after_comparing_the_codes(two: Two) -> None:
    nadja, lars = two.nadja, two.lars
    manages(nadja).picks("Behalten").presses("Verbindung zu Aalborg trennen")
    is_connected(nadja, "Beendet")
    is_connected(lars, "Afsluttet")

    nadja.goes_to(f"{LIST}/invite").presses("Einladung erstellen")
    invitation = nadja.main.locator("[name=invitation]").input_value()
    lars.goes_to(f"{LIST}/accept").writes(invitation=invitation).presses("Se, hvem det er")
    seen_by_lars = fact(lars, "Kassel"), fact(lars, "Aalborg")
    lars.picks("Koderne er ens").presses("Forbind med Kassel")
    nadja.goes_to(LIST).waits_to_read("Möchte sich verbinden", lambda: partner(nadja))
    nadja.follows(re.compile("^Anfrage prüfen"), partner(nadja))

    assert (fact(nadja, "Kassel"), fact(nadja, "Aalborg")) == seen_by_lars
    nadja.presses("Mit Aalborg verbinden").reads("Das hat nicht geklappt")
    nadja.picks("Die Codes stimmen überein").presses("Mit Aalborg verbinden")
    nadja.reads("Verbunden", part=partner(nadja))
    is_connected(lars, "Forbundet")


def test_she_sets_the_level_of_each_direction(two: Two) -> None:
    nadja = manages(two.nadja)

    chooses(nadja, "Wir geben Aalborg", "Mitlesen").presses("Speichern").reads("Gespeichert")

    assert fact(nadja, "Wir geben") == "Mitlesen: Treffen und Wissen"
    chooses(unfolds(nadja), "Wir geben Aalborg", "Zusammenarbeiten: ").presses("Speichern")
    assert fact(nadja, "Wir bekommen").startswith("Zusammenarbeiten")


def test_she_sees_that_a_city_does_not_answer_and_what_waits_for_it(demo: Demo, two: Two) -> None:
    nadja = two.nadja
    demo.kill("aalborg")

    plans_a_meeting(nadja, "Während Aalborg schläft", starts_in=timedelta(days=20))

    nadja.goes_to(LIST).waits_to_read("Nicht erreichbar", lambda: partner(nadja))
    nadja.reads("Aalborg antwortet nicht. Es geht nichts verloren", part=partner(nadja))
    assert fact(nadja, "Letzter Fehler") != "kein Fehler"
    assert re.match(r"\d+ Nachricht", fact(nadja, "Wartet"))
    demo.start("aalborg")
    nadja.presses("Jetzt versuchen", partner(nadja))
    nadja.waits_to_read("Verbunden", lambda: partner(nadja))
    nadja.waits_until_gone(lambda: partner(nadja).get_by_text("Wartet"))


def test_she_sends_again_what_was_refused(two: Two) -> None:
    nadja, lars = two.nadja, two.lars
    chooses(manages(lars), "Vi tager imod fra Kassel", "Kun navn og forkortelse").presses("Gem").reads("Gemt")
    plans_a_meeting(nadja, "Vorerst abgelehnt", starts_in=timedelta(days=21))
    nadja.goes_to(LIST).waits_for(lambda: partner(nadja).get_by_role("link", name="Ansehen, was abgelehnt wurde"))
    manages(nadja).reads("Von Aalborg abgelehnt", "Vorerst abgelehnt")

    chooses(manages(lars), "Vi tager imod fra Kassel", "Samarbejde: ").presses("Gem")
    nadja.goes_to(LIST).presses("Alle noch einmal senden", partner(nadja))

    nadja.goes_to(LIST).waits_until_gone(lambda: partner(nadja).get_by_text("Endgültig abgelehnt"))
    finds(lars, "Vorerst abgelehnt")


def test_she_changes_the_key_and_he_confirms_it_by_its_code(two: Two) -> None:
    nadja, lars = two.nadja, two.lars
    nadja.goes_to(f"{LIST}/keys").presses("Neuen Schlüssel für Nachrichten erzeugen")
    code = nadja.text(nadja.row("peer-2").locator("p").first).partition(" – ")[0]
    lars.goes_to(LIST).waits_to_read("Kassel har en ny nøgle", lambda: partner(lars))

    assert fact(manages(lars), "peer-2") == code
    lars.picks("Koderne er ens").presses("Bekræft den nye nøgle")

    lars.reads("peer-2")
    assert code in fact(lars, "Deres kode")
    nadja.goes_to(f"{LIST}/keys").waits_until_gone(lambda: nadja.main.get_by_text("noch nicht bestätigt"))


def test_he_puts_what_came_into_quarantine_and_undoes_it(two: Two) -> None:
    nadja, lars = two.nadja, two.lars
    since = datetime.now(ZoneInfo("Europe/Copenhagen"))
    plans_a_meeting(nadja, "Bitte Geld überweisen", starts_in=timedelta(days=22))
    finds(lars, "Bitte Geld überweisen")

    manages(lars).writes(since=f"{since:%Y-%m-%dT%H:%M}").presses("Sæt i karantæne")

    lars.reads("er i karantæne", "Det, der kommer nu, venter også.")
    assert looks_wrong(lars.page, "da") == []
    lars.goes_to("/search?q=Geld")
    expect(lars.link("Bitte Geld überweisen")).to_have_count(0)
    lars.goes_to(LIST).reads("I karantæne", part=partner(lars)).presses("Fortryd karantænen", partner(lars))
    finds(lars, "Bitte Geld überweisen")


def test_the_list_is_well_made(two: Two) -> None:
    two.nadja.goes_to(LIST)

    assert looks_wrong(two.nadja.page, "de") == []


def test_she_ends_it_and_what_came_is_deleted(two: Two) -> None:
    nadja, lars = two.nadja, two.lars

    manages(nadja).picks("Endgültig löschen").presses("Verbindung zu Aalborg trennen").reads("Das hat nicht geklappt")
    nadja.writes(sure="Aalborg").presses("Verbindung zu Aalborg trennen")

    nadja.reads("Was aus Aalborg kam, wurde endgültig gelöscht.")
    nadja.goes_to("/calendar")
    expect(nadja.main.locator(".cop-event", has_text="Aalborg")).to_have_count(0)
    nadja.goes_to(f"{LIST}/history").reads("Nadja Petrikat", "Die Verbindung zu Aalborg wurde beendet.")
    is_connected(lars, "Afsluttet")
