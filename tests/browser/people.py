# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Somebody at their own city: what they do on pages and what they see there, in words they see."""

import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Error, Locator, Page, expect

from tests.browser.pages import sign_in

#: what crosses to another city on a busy machine, a retry after a restart included
SOON_S = 60.0
COMMUNITY = "CoP Personalentwicklung"


class Person:
    """A persona in one tab of the browser."""

    def __init__(self, page: Page, origin: str, name: str) -> None:
        self.page, self.origin, self.name = page, origin, name

    def enters(self) -> "Person":
        """Sign in with the city's account; nobody may be signed in there in this browser profile."""
        sign_in(self.page, self.origin, self.name)
        return self

    def goes_to(self, path: str) -> "Person":
        self.page.goto(self.origin + path)
        return self

    def goes_to_the_community(self) -> "Person":
        self.goes_to("/communities")
        return self.follows(COMMUNITY)

    def goes_to_the_meeting(self, title: str) -> "Person":
        """Open a meeting from the list of its community, as soon as it stands there."""
        self.goes_to_the_community()
        self.follows(re.compile("^(Treffen|Møder) "))
        self.waits_for(lambda: self.link(title))
        return self.follows(title)

    def link(self, name: "str | re.Pattern[str]", part: Locator | None = None) -> Locator:
        return (part or self.main).get_by_role("link", name=name).first

    def follows(self, name: "str | re.Pattern[str]", part: Locator | None = None) -> "Person":
        with self.page.expect_navigation():
            self.link(name, part).click()
        return self

    def presses(self, name: str, part: Locator | None = None) -> "Person":
        (part or self.main).get_by_role("button", name=name).first.click()
        return self

    def writes(self, **fields: str) -> "Person":
        for name, value in fields.items():
            self.main.locator(f"[name={name}]").fill(value)
        return self

    def picks(self, label: str) -> "Person":
        self.main.locator("label", has_text=label).first.click()
        return self

    @property
    def main(self) -> Locator:
        return self.page.get_by_role("main")

    @property
    def title(self) -> str:
        return self.page.get_by_role("heading", level=1).inner_text()

    def row(self, title: str) -> Locator:
        """The entry of a list with this title."""
        return self.main.get_by_role("listitem").filter(has=self.page.get_by_role("heading", name=title))

    def turn(self, words: str) -> Locator:
        """The entry of the turn order with these words, for example who moderates."""
        return self.main.locator("ol.cop-order > li").filter(has_text=words)

    def text(self, part: Locator | None = None) -> str:
        """What can be read, in one line."""
        return " ".join((part or self.main).inner_text().split())

    def reads(self, *sentences: str, part: Locator | None = None) -> "Person":
        for sentence in sentences:
            expect(part or self.main).to_contain_text(sentence)
        return self

    def waits_for(self, find: Callable[[], Locator], within_s: float = SOON_S) -> float:
        """Look again and again until something is there; return how long it took."""
        return self._waits_until(lambda: find().count() > 0, within_s)

    def waits_until_gone(self, find: Callable[[], Locator], within_s: float = SOON_S) -> float:
        return self._waits_until(lambda: find().count() == 0, within_s)

    def waits_to_read(self, sentence: str, part: Callable[[], Locator] | None = None) -> float:
        find = part or (lambda: self.main)
        return self._waits_until(lambda: find().count() > 0 and sentence in self.text(find().first), SOON_S)

    def _waits_until(self, there: Callable[[], bool], within_s: float) -> float:
        began = time.monotonic()
        while not there():
            if time.monotonic() - began > within_s:
                raise AssertionError(f"not within {within_s} s on {self.page.url}:\n{self.text()}")
            self.page.wait_for_timeout(200)
            self._looks_again()
        return time.monotonic() - began

    def _looks_again(self) -> None:
        try:
            self.page.reload()
        except Error:
            self.page.wait_for_timeout(200)  # its city is being started again


def joins(guest: Person, coordinator: Person) -> None:
    """Let a guest of Aalborg ask Kassel's community, and its coordinator let them in."""
    guest.goes_to_the_community().follows("Vær med").picks("Ja, mit navn").presses("Bed om at være med")
    coordinator.goes_to_the_community()
    coordinator.waits_for(lambda: coordinator.link("Antworten"))
    coordinator.follows("Antworten").presses(f"Aufnehmen {guest.name}")
    guest.waits_for(lambda: guest.link("Foreslå et emne"))


def plans_a_meeting(coordinator: Person, title: str, *, starts_in: timedelta, **fields: str) -> None:
    """Let the coordinator plan one meeting by the form, on the clock of Kassel; the tab shows it then."""
    starts = datetime.now(ZoneInfo("Europe/Berlin")) + starts_in
    coordinator.goes_to_the_community().follows(re.compile("^Treffen ")).follows("Treffen planen")
    coordinator.main.get_by_label("Wiederholung").select_option("never")
    coordinator.writes(title=title, starts_on=f"{starts:%Y-%m-%d}", starts_at=f"{starts:%H:%M}", **fields)
    coordinator.picks("Partnerstädte").presses("Treffen planen")
    assert coordinator.title == title


def proposes(person: Person, title: str, pitch: str = "") -> None:
    """Propose a topic on the meeting's page that is open, in whatever language it is."""
    form = person.main.locator("#propose")
    form.locator("[name=title]").fill(title)
    form.locator("[name=pitch]").fill(pitch)
    form.get_by_role("button").click()
    expect(person.row(title)).to_have_count(1)
