# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Every page, with everybody who may see it: axe-core, light and dark, 320 px, no word of complaint in the console."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import Demo
from tests.browser.crawl import pages, reachable
from tests.browser.pages import DESK, Watched, looks_wrong, sign_in
from tests.browser.states import EMPTY, complete

#: who -> city, name at the development login; None is signed out
PEOPLE = {
    "coordinator and administrator": ("kassel", "Nadja Petrikat"),
    "member": ("kassel", "Miriam Ahlsdorf"),
    "founder of an empty community": ("kassel", "Selin Aydoru"),
    "member from another city": ("aalborg", "Lars Bundgård"),
    "outsider": ("aalborg", "Mette Kjærsholm"),
    "signed out in Kassel": ("kassel", None),
    "signed out in Aalborg": ("aalborg", None),
}
LANGUAGES = {"kassel": "de", "aalborg": "da"}
OPEN_TO_ALL = ("/login", "/signed-out", "/imprint", "/patterns")
NO_PAGES = {
    "static": "files",
    "meetings.file": "a calendar file",
    "meetings.feed": "a calendar file",
    "meetings.actions_table": "a file",
    "knowledge.atom": "for other programs",
    "knowledge.embed": "shown in other pages; `test_intranet` looks at it",
    "knowledge.json_file": "a file",
    "knowledge.markdown_file": "a file",
    "knowledge.odt_file": "a file",
    "knowledge.pdf_file": "a file",
    "meetings.enter_video": "leads to the video server",
    "doors.enter": "leads to the room",
    "room.listen": "a stream",
    "room.mine": "a part of the room, for its script",
    "site.healthz": "for machines",
    "federation.show_actor": "a document for partner cities",
    "federation.show_object": "a document for partner cities",
    "federation.show_person": "a document for partner cities",
    "federation.show_changes": "for partner cities",
    "federation.show_snapshot": "for partner cities",
    "federation.show_digest": "for partner cities",
    "metrics.show": "for machines",
    "discovery.show_webfinger": "for other programs",
    "discovery.show_nodeinfo": "for other programs",
    "discovery.show_nodeinfo_links": "for other programs",
    "provider.show_configuration": "for other programs",
    "provider.show_keys": "for other programs",
    "visits.authorize": "asked by another city; `test_visits` looks at it",
    "visits.start": "leads to the visitor's city",
    "visits.callback": "leads back from the visitor's city",
    "accounts.start": "leads to the login",
    "accounts.callback": "leads back from the login",
}
#: forms with nothing in them, and what the page's title begins with then
FORMS = {
    "/communities/new": "Fehler:",
    "/knowledge/new": "Fehler:",
    "/admin/partners/accept": "Fehler:",
}


@pytest.fixture(scope="module")
def people(demo: Demo, chromium: Browser) -> Iterator[dict[str, BrowserContext]]:
    """A browser for everybody, signed in."""
    contexts = {}
    for who, (city, name) in PEOPLE.items():
        context = chromium.new_context(viewport=DESK, locale=LANGUAGES[city])
        context.set_default_timeout(20_000)
        contexts[who] = context
        if name is not None:
            page = context.new_page()
            sign_in(page, demo.origins[city], name)
            page.close()
    yield contexts
    for context in contexts.values():
        context.close()


@pytest.fixture(scope="module")
def found(demo: Demo, people: dict[str, BrowserContext]) -> dict[str, dict[str, list[str]]]:
    """Who -> route -> the pages that this person's links lead to."""
    unlinked = complete(demo)
    starts = {"coordinator and administrator": ("/", *unlinked, "/patterns")}
    return {
        who: reachable(
            context.request,
            demo.origins[PEOPLE[who][0]],
            start=starts.get(who, OPEN_TO_ALL if PEOPLE[who][1] is None else ("/",)),
        )
        for who, context in people.items()
    }


def test_every_page_is_visited_by_somebody(found: dict[str, dict[str, list[str]]]) -> None:
    visited = {endpoint for routes in found.values() for endpoint in routes}

    assert pages() - visited == set(NO_PAGES)


@pytest.mark.parametrize("who", PEOPLE)
def test_every_page_works_for_everybody(
    demo: Demo, people: dict[str, BrowserContext], found: dict[str, dict[str, list[str]]], who: str
) -> None:
    city, _ = PEOPLE[who]
    page = people[who].new_page()
    watched = Watched(page, demo.origins[city])

    wrong = []
    for url in (url for urls in found[who].values() for url in urls):
        page.goto(url)
        wrong += looks_wrong(page, LANGUAGES[city]) + watched.faults()

    assert wrong == []


@pytest.mark.parametrize(("who", "path", "status"), [
    ("member", "/no-such-page", 404),
    ("member", "/admin/partners", 403),
    ("member", "/communities/00000000-0000-7000-8000-000000000000", 404),
    ("signed out in Kassel", "/no-such-page", 404),
    ("outsider", "/admin/partners", 403),
])  # fmt: skip
def test_refusals_are_pages_like_others(
    demo: Demo, people: dict[str, BrowserContext], who: str, path: str, status: int
) -> None:
    city, _ = PEOPLE[who]
    page = people[who].new_page()
    watched = Watched(page, demo.origins[city])

    answer = page.goto(demo.origins[city] + path)

    assert answer is not None
    assert (answer.status, looks_wrong(page, LANGUAGES[city]), watched.faults()) == (status, [], [])


@pytest.mark.parametrize("path", FORMS)
def test_a_form_with_mistakes_says_so_and_takes_the_focus(
    demo: Demo, people: dict[str, BrowserContext], path: str
) -> None:
    page = people["coordinator and administrator"].new_page()
    watched = Watched(page, demo.origins["kassel"])
    page.goto(demo.origins["kassel"] + path)

    send_empty(page)

    assert page.title().startswith(FORMS[path])
    assert page.evaluate("document.activeElement.id") == "errors"
    assert page.locator("[aria-invalid=true], fieldset .kern-error").count() > 0
    assert (looks_wrong(page, "de"), watched.faults()) == ([], [])


def test_an_empty_community_names_the_next_step(demo: Demo, people: dict[str, BrowserContext]) -> None:
    page = people["founder of an empty community"].new_page()
    page.goto(demo.origins["kassel"] + "/communities")
    page.get_by_role("link", name=EMPTY).click()

    assert page.locator("ol.cop-steps [aria-current=step] .kern-btn--primary").count() == 1


def send_empty(page: Page) -> None:
    """Empty the main form and send it past the browser's own checks."""
    page.evaluate("""() => {
        const form = document.querySelector("main form[method=post]");
        form.noValidate = true;
        for (const field of form.querySelectorAll("input:not([type=hidden]):not([type=radio]), textarea")) field.value = "";
    }""")
    with page.expect_navigation():
        page.locator("main form[method=post] button[type=submit]").first.click()
