# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A meeting with four browsers: who moderates, a member, a guest from Aalborg, and somebody late on a phone."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.browser.demo import Demo
from tests.browser.pages import DESK, PHONE, Watched, looks_wrong
from tests.browser.people import Person, plans_a_meeting

TITLE = "Treffen mit vier Browsern"
FIRST, SECOND = "Wie teilen wir uns die Moderation?", "Onboarding: die ersten 100 Tage"


class People:
    """Each in a browser profile of their own."""

    def __init__(self, demo: Demo, chromium: Browser) -> None:
        self.demo, self.chromium = demo, chromium
        self.profiles = []

    def comes(self, name: str, city: str, *, locale: str = "de-DE", size: ViewportSize = DESK) -> Person:
        profile = self.chromium.new_context(viewport=size, locale=locale)
        profile.set_default_timeout(15_000)
        self.profiles.append(profile)
        return Person(profile.new_page(), self.demo.origins[city], name).enters()


@pytest.fixture
def people(demo: Demo, chromium: Browser) -> Iterator[People]:
    people = People(demo, chromium)
    yield people
    for profile in people.profiles:
        profile.close()


def test_four_people_hold_a_meeting(demo: Demo, people: People) -> None:
    nadja = people.comes("Nadja Petrikat", "kassel")
    plans_a_meeting(nadja, TITLE, starts_in=timedelta(minutes=10), agenda="5 Ankommen\n60 Unsere Themen *\n5 Schluss")
    address = nadja.page.url
    miriam, lars = people.comes("Miriam Ahlsdorf", "kassel"), people.comes("Lars Bundgård", "aalborg", locale="da-DK")
    lars.goes_to_the_community().follows("Åbn i Kassel").presses("Gå til Kassel")
    lars.page.wait_for_url(f"{demo.origins['kassel']}/**")
    three = (nadja.page, miriam.page, lars.page)
    for page in three:
        page.goto(address)
        page.locator("main a[href$='/room']").click()
        page.locator("main[data-live-state=connected]").wait_for()
    watched = [Watched(page, demo.origins["kassel"]) for page in three]

    begins(nadja, lars=lars.page, miriam=miriam.page)
    tjark = people.comes("Tjark Wolnow", "kassel", size=PHONE)
    vote_with_dots(nadja.page, miriam.page, lars.page, late=tjark.page, address=address)
    talk(nadja.page, miriam.page, lars.page, tjark.page)
    ends(nadja.page, miriam.page)

    assert [fault for one in watched for fault in one.faults()] == []


def test_after_a_kill_in_the_middle_everybody_is_back_on_the_same_board(demo: Demo, people: People) -> None:
    nadja, miriam = people.comes("Nadja Petrikat", "kassel"), people.comes("Miriam Ahlsdorf", "kassel")
    plans_a_meeting(nadja, "Treffen mit Absturz", starts_in=timedelta(minutes=10), agenda="60 Unsere Themen *")
    for page in (nadja.page, miriam.page):
        page.goto(nadja.page.url.removesuffix("/room") + "/room")
        page.locator("main[data-live-state=connected]").wait_for()
    if nadja.page.locator("#room-sheet").count() == 0:
        nadja.presses("Moderation übernehmen", part=nadja.page.locator("footer"))
    presses(nadja.page, "Treffen beginnen")
    adds(miriam.page, FIRST)
    presses(nadja.page, "Punkte verteilen lassen")
    gives(miriam.page, FIRST, 1)

    demo.kill("kassel", "serve")
    miriam.page.locator("main:not([data-live-state=connected])").wait_for()
    demo.start("kassel", "serve")
    miriam.page.locator("main[data-live-state=connected]").wait_for(timeout=30_000)
    gives(miriam.page, FIRST, 2)
    presses(nadja.page, "Punkte auswerten")

    expect(topic(miriam.page, FIRST)).to_contain_text("2 Punkte")
    expect(topic(nadja.page, FIRST)).to_contain_text("2 Punkte")


def begins(nadja: Person, *, lars: Page, miriam: Page) -> None:
    """Who coordinates takes over, and everybody adds topics."""
    assert looks_wrong(miriam, "de") + looks_wrong(lars, "da") == []
    if nadja.page.locator("#room-sheet").count() == 0:
        nadja.presses("Moderation übernehmen", part=nadja.page.locator("footer"))
    presses(nadja.page, "Treffen beginnen")
    presses(nadja.page, "Nächste Phase")
    adds(miriam, FIRST)
    adds(lars, SECOND)
    expect(topic(nadja.page, SECOND)).to_be_visible()


def vote_with_dots(nadja: Page, miriam: Page, lars: Page, *, late: Page, address: str) -> None:
    """Who comes late has all their dots; nobody sees totals before the end, and one is offline at that moment."""
    presses(nadja, "Punkte verteilen lassen")
    gives(miriam, SECOND, 2)
    expect(topic(miriam, FIRST).locator(".cop-stepper button").last).to_be_disabled()
    gives(lars, SECOND, 1)
    late.goto(f"{address}/room")
    expect(late.locator("#room-budget")).to_contain_text("Noch 2 Punkte")
    gives(late, FIRST, 1)
    assert looks_wrong(late, "de") == []
    expect(nadja.locator("#room-voted")).to_have_text("3 Personen haben abgestimmt")
    expect(topic(nadja, SECOND)).not_to_contain_text("3 Punkte")

    late.context.set_offline(True)
    presses(nadja, "Punkte auswerten")
    expect(topic(lars, SECOND)).to_contain_text("3 prikker")
    presses(nadja, "Nächstes Thema starten")
    late.context.set_offline(False)
    expect(late.locator("#room-now")).to_contain_text(SECOND)


def talk(nadja: Page, miriam: Page, lars: Page, tjark: Page) -> None:
    """All clocks show the same, also after a reload; a vote on more time that ends in a tie moves on."""
    nadja.reload()
    clocks = [seconds(page.get_by_role("timer").inner_text()) for page in (nadja, miriam, lars, tjark)]
    assert max(clocks) - min(clocks) <= 2
    assert looks_wrong(nadja, "de") == []

    nadja.locator("#room-notes textarea").fill("Sparring zu dritt")
    # whoever had the turn helps now, and has the notes elsewhere
    reads = next(page for page in (miriam, lars) if page.locator("#room-sheet").count() == 0)
    expect(reads.locator("#room-now")).to_contain_text("Sparring zu dritt")
    presses(nadja, "Verlängerung abfragen")
    presses(miriam, "Weiter")
    presses(lars, "Næste emne")
    expect(miriam.get_by_role("button", name="Weiter")).to_have_attribute("aria-pressed", "true")
    expect(nadja.locator("#room-vote")).to_contain_text("2 Personen haben abgestimmt")
    presses(nadja, "Abstimmung jetzt schließen")
    expect(lars.locator("#room-vote")).to_contain_text("Stemmerne står lige")


def ends(nadja: Page, miriam: Page) -> None:
    """The notes of the next topic are its own, and what was agreed is in the draft that opens."""
    presses(nadja, "Nächstes Thema starten")
    expect(nadja.locator("#room-notes textarea")).to_have_value("")
    nadja.locator("#task-text").fill("Beispielliste hochladen")
    presses(nadja, "Aufgabe festhalten")
    expect(nadja.locator("#room-notes ul")).to_contain_text("Beispielliste hochladen")
    nadja.get_by_role("link", name="Treffen beenden").click()
    presses(nadja, "Treffen beenden")
    draft = re.compile(f"{re.escape(SECOND)}.*Beispielliste hochladen", re.DOTALL)
    expect(nadja.locator("textarea[name=body]")).to_have_value(draft)
    expect(miriam.locator("#room-said")).to_have_text("Das Treffen ist beendet.")


def presses(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()


def topic(page: Page, title: str) -> Locator:
    return page.locator("#room-queue article").filter(has=page.get_by_role("heading", name=title))


def adds(page: Page, title: str) -> None:
    page.locator("#new-topic").fill(title)
    page.locator("#new-topic").press("Enter")
    expect(topic(page, title)).to_be_visible()


def gives(page: Page, title: str, number: int) -> None:
    for given in range(int(topic(page, title).locator("output").inner_text()) + 1, number + 1):
        topic(page, title).locator(".cop-stepper button").last.click()
        expect(topic(page, title).locator("output")).to_have_text(str(given))


def seconds(clock: str) -> int:
    minutes, _, rest = clock.partition(":")
    return int(minutes) * 60 + int(rest)
