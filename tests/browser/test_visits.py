# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Lars of Aalborg goes to Kassel's community with one click, and back; signing out at home ends the visit."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.demo import Demo
from tests.browser.pages import Watched, looks_wrong
from tests.browser.people import Person, proposes


@pytest.fixture
def lars(demo: Demo, chromium: Browser) -> Iterator[Person]:
    profile = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="da-DK")
    profile.set_default_timeout(10_000)
    yield Person(profile.new_page(), demo.origins["aalborg"], "Lars Bundgård").enters()
    profile.close()


def test_one_click_leads_to_the_home_of_the_community_and_signing_out_ends_the_visit(demo: Demo, lars: Person) -> None:
    page, kassel = lars.page, demo.origins["kassel"]

    lars.goes_to_the_community().follows("Åbn i Kassel")
    lars.reads("Vil du gå til Kassel?", "Hvad Kassel får at vide", "Ellers intet: hverken din mailadresse")
    assert looks_wrong(page, "da") == []
    lars.presses("Gå til Kassel")

    page.wait_for_url(f"{kassel}/communities/*")
    watched = Watched(page, kassel)
    guest = page.get_by_role("complementary", name="Dit besøg")
    lars.reads("Du er gæst i Kassel", "Lars Bundgård, Aalborg", part=guest)
    assert looks_wrong(page, "da") == []
    lars.follows("Gå til mødet")
    proposes(lars, "Hvordan deler vi opgaverne?")
    assert looks_wrong(page, "da") == []
    assert watched.faults() == []

    guest.get_by_role("button", name="Tilbage til Aalborg").click()
    page.wait_for_url(f"{demo.origins['aalborg']}/")
    page.goto(f"{kassel}/communities")
    assert page.url.startswith(f"{kassel}/login")

    # agreed already: one click
    lars.goes_to_the_community().follows("Åbn i Kassel")
    assert page.url.startswith(f"{kassel}/communities/")
    there = page.url
    lars.goes_to("/")
    page.locator("header").get_by_text("Lars Bundgård").first.click()
    page.get_by_role("button", name="Log ud").first.click()
    expect(page).not_to_have_url(f"{demo.origins['aalborg']}/")
    page.goto(there)
    lars.waits_for(lambda: page.get_by_text("Log ind").first, within_s=30)
    assert page.url.startswith(f"{kassel}/login")
