# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Either city is killed in the middle of the main job and started again: nothing is lost, nothing is doubled."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.demo import Demo
from tests.browser.people import COMMUNITY, Person, proposes

MEETING = f"Treffen 14 der {COMMUNITY}"


@pytest.fixture
def nadja(demo: Demo, chromium: Browser) -> Iterator[Person]:
    profile = chromium.new_context(viewport={"width": 1280, "height": 900})
    nadja = Person(profile.new_page(), demo.origins["kassel"], "Nadja Petrikat").enters()
    yield nadja.goes_to_the_meeting(MEETING)
    profile.close()


@pytest.fixture
def lars(demo: Demo, nadja: Person) -> Person:
    lars = Person(nadja.page.context.new_page(), demo.origins["aalborg"], "Lars Bundgård").enters()
    return lars.goes_to_the_meeting(MEETING)


def titles(person: Person) -> list[str]:
    """The titles of the topics on the meeting's page, as they are now."""
    person.page.reload()
    return sorted(person.main.locator("section[aria-labelledby=topics] li h3").all_inner_texts())


def test_what_is_wanted_while_kassel_is_down_is_on_its_way_and_arrives(demo, nadja, lars):
    demo.kill("kassel")

    proposes(lars, "Mental load blandt ledere")
    lars.reads("På vej til Kassel", part=lars.row("Mental load"))
    lars.presses("støt", lars.row("Lernplattformen"))
    lars.waits_to_read("1 ✓ støttet", lambda: lars.row("Lernplattformen"))
    lars.presses("Jeg kommer").reads("Tilmeldt", "På vej til Kassel")
    demo.start("kassel")

    lars.waits_until_gone(lambda: lars.main.get_by_text("på vej til Kassel"))
    nadja.waits_for(lambda: nadja.row("Mental load blandt ledere"))
    nadja.reads("Aalborg Lars Bundgård", part=nadja.row("Mental load"))
    nadja.waits_to_read("1 dafür", lambda: nadja.row("Lernplattformen"))
    lars.reads("Tilmeldt").waits_for(lambda: lars.link("BigBlueButton"))
    assert titles(nadja) == titles(lars)
    assert titles(lars).count("Mental load blandt ledere") == 1


def test_what_kassel_tells_while_aalborg_is_down_arrives(demo, nadja, lars):
    demo.kill("aalborg")

    proposes(nadja, "Was lernen wir voneinander?")
    nadja.presses("dafür", nadja.row("Was lernen wir"))
    nadja.waits_to_read("1 ✓ dafür", lambda: nadja.row("Was lernen wir"))
    demo.start("aalborg")

    lars.waits_to_read("1 støt", lambda: lars.row("Was lernen wir voneinander?"))
    assert titles(nadja) == titles(lars)


@pytest.mark.parametrize("city", ["kassel", "aalborg"])
def test_a_kill_right_after_each_wish_loses_and_doubles_nothing(demo, nadja, lars, city):
    wanted = [f"Emne {number} ({city})" for number in range(1, 4)]
    for title in wanted:
        lars.waits_for(lambda: lars.main.locator("#propose"))
        proposes(lars, title)
        demo.kill(city)
        demo.start(city)

    for person in (nadja, lars):
        for title in wanted:
            person.waits_for(lambda person=person, title=title: person.row(title))
    lars.waits_until_gone(lambda: lars.main.get_by_text("På vej til Kassel"))
    assert [title for title in titles(nadja) if city in title] == wanted
    assert [title for title in titles(lars) if city in title] == wanted
