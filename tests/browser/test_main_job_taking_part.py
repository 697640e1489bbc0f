# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The main job, second half: whose turn it is, taking part, the calendar; Lars in Danish, Nadja in German."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests
from icalendar import Calendar
from playwright.sync_api import Browser, expect

from tests.browser.demo import Demo
from tests.browser.people import COMMUNITY, Person, plans_a_meeting

MEETING = f"Treffen 14 der {COMMUNITY}"
ROOM = "https://bbb.kassel.example/rooms/cop-pe"
#: with four people who take turns, one of Aalborg moderates one of so many meetings
MOST_MEETINGS = 5


@pytest.fixture(scope="module")
def nadja(demo: Demo, chromium: Browser) -> Iterator[Person]:
    profile = chromium.new_context(viewport={"width": 1280, "height": 900})
    yield Person(profile.new_page(), demo.origins["kassel"], "Nadja Petrikat").enters()
    profile.close()


@pytest.fixture(scope="module")
def lars(demo: Demo, nadja: Person) -> Person:
    """A member from Aalborg, in the browser profile in which Nadja is signed in at Kassel."""
    return Person(nadja.page.context.new_page(), demo.origins["aalborg"], "Lars Bundgård").enters()


@pytest.fixture(scope="module")
def turn_of_lars(nadja: Person, lars: Person) -> str:
    """The title of a meeting that Lars is asked to moderate."""
    for number in range(1, MOST_MEETINGS):
        title = f"Zusatztreffen {number}"
        plans_a_meeting(nadja, title, starts_in=timedelta(days=30 + number))
        if nadja.turn("Lars Bundgård moderiert").count():
            return title
    raise AssertionError("Lars was never asked to moderate")


def test_the_page_says_who_why_and_who_follows_in_both_languages(nadja, lars):
    for person, does, why, follows in (
        (nadja, "moderiert|moderieren", "Warum", "folgt"),
        (lars, "er mødeleder", "Hvorfor", "Derefter"),
    ):
        person.goes_to_the_meeting(MEETING)
        moderator = person.main.locator("ol.cop-order > li").first
        expect(moderator).to_have_text(re.compile(does))
        moderator.get_by_text(why).click()
        expect(moderator.get_by_role("listitem").first).to_be_visible()
        expect(person.turn(follows)).to_have_count(1)


def test_the_turn_is_confirmed_and_passed_on_from_the_own_city(nadja, lars, turn_of_lars):
    lars.goes_to_the_meeting(turn_of_lars).reads("Spurgt", part=lars.turn("Du er mødeleder"))
    lars.presses("Jeg tager turen", lars.turn("Du er mødeleder"))
    expect(lars.page.get_by_text("Dit svar er på vej til Kassel.")).to_be_visible()
    nadja.waits_to_read("Bestätigt", lambda: nadja.turn("Lars Bundgård moderiert"))
    lars.waits_to_read("Bekræftet", lambda: lars.turn("Du er mødeleder"))

    lars.follows("Giv turen videre").reads("Hvem kan træde til for dig?", turn_of_lars)
    asked_next = lars.main.locator("#pass li .cop-person__name").first.inner_text()
    lars.presses("Giv turen videre")

    nadja.waits_until_gone(lambda: nadja.turn("Lars Bundgård moderiert"))
    asked = nadja.main.locator("ol.cop-order > li").first
    nadja.reads("Sie moderieren" if asked_next == nadja.name else f"{asked_next} moderiert", "Angefragt", part=asked)
    lars.follows(turn_of_lars)
    lars.waits_until_gone(lambda: lars.turn("Du er mødeleder"))


def test_only_those_who_take_part_see_the_room(nadja, lars):
    nadja.goes_to_the_meeting(MEETING).reads("Der Link zum Videoraum erscheint hier, sobald Sie zugesagt haben.")
    lars.goes_to_the_meeting(MEETING).reads("Linket til videomødet vises her, når du har sagt ja.")
    assert [ROOM in person.page.content() for person in (nadja, lars)] == [False, False]

    lars.presses("Jeg kommer")
    lars.waits_for(lambda: lars.link("BigBlueButton"))

    assert lars.link("BigBlueButton").get_attribute("href") == ROOM
    assert ROOM not in nadja.goes_to_the_meeting(MEETING).page.content()
    lars.reads("Tilmeldt").presses("Jeg kan ikke")
    expect(lars.page.get_by_text("Du har meldt afbud.")).to_be_visible()
    lars.waits_until_gone(lambda: lars.page.get_by_text("på vej til Kassel"))
    lars.reads("Afbud", "Jeg kommer")
    assert ROOM not in lars.page.content()


def test_the_meeting_is_taken_into_a_calendar(lars):
    lars.goes_to_the_meeting(MEETING)
    with lars.page.expect_download() as coming:
        lars.link("Føj til min kalender").click()

    calendar = Calendar.from_ical(coming.value.path().read_bytes())

    assert coming.value.suggested_filename.endswith(".ics")
    (event,) = calendar.walk("VEVENT")
    assert (str(event["SUMMARY"]), event["DTSTART"].dt.hour, event["DTEND"].dt.hour) == (MEETING, 10, 12)
    assert str(event["DTSTART"].params["TZID"]) in {str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")}


def test_the_personal_feed_can_be_made_and_revoked(lars):
    lars.goes_to_the_meeting(MEETING).presses("Jeg kommer")
    lars.waits_for(lambda: lars.link("BigBlueButton"))
    lars.follows("Alle mine møder som kalenderadresse").presses("Opret en adresse")
    address = lars.main.get_by_label("Kalenderadresse").input_value()

    answer = requests.get(address, timeout=10)

    assert answer.headers["Content-Type"].startswith("text/calendar")
    titles = {str(event["SUMMARY"]) for event in Calendar.from_ical(answer.content).walk("VEVENT")}
    assert {MEETING, "Netværksmøde 1"} <= titles
    assert ROOM not in answer.text

    lars.presses("Luk adressen")
    expect(lars.main.get_by_role("button", name="Opret en adresse")).to_be_visible()
    assert requests.get(address, timeout=10).status_code == 404
