# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What people come for, with the keyboard alone; and with text twice as large."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Demo
from tests.browser.pages import DESK, PHONE, scrolls_sideways, sign_in

STOPS = 80
#: an outline or a shadow on the element itself, or on what KERN draws in its place
RING = """element => [element, element.parentElement].some(one => ["", "::before", "::after"].some(part => {
    const style = getComputedStyle(one, part || null);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
}))"""
SEEN = """element => {
    const box = element.getBoundingClientRect();
    return box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
}"""


@pytest.fixture(scope="module")
def member(demo: Demo, chromium: Browser) -> Iterator[Page]:
    """Miriam in Kassel, member of the community."""
    # without smooth scrolling, a stop is where it will be
    context = chromium.new_context(viewport=DESK, locale="de-DE", reduced_motion="reduce")
    context.set_default_timeout(20_000)
    page = context.new_page()
    sign_in(page, demo.origins["kassel"], "Miriam Ahlsdorf")
    yield page
    context.close()


@pytest.fixture
def meeting(demo: Demo, member: Page) -> Page:
    member.goto(demo.origins["kassel"])
    member.get_by_role("link", name="Treffen 14 der CoP Personalentwicklung").first.click()
    return member


def test_the_first_stop_skips_to_the_content(demo: Demo, member: Page) -> None:
    member.goto(demo.origins["kassel"])

    member.keyboard.press("Tab")
    skip = member.get_by_role("link", name="Zum Inhalt springen")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    member.keyboard.press("Enter")

    expect(member.locator("main")).to_be_focused()


def test_every_stop_is_seen_and_marked(meeting: Page) -> None:
    meeting.locator("body").focus()

    unmarked = []
    for _ in range(STOPS):
        meeting.keyboard.press("Tab")
        stop = meeting.evaluate_handle("document.activeElement").as_element()
        assert stop is not None
        if stop.evaluate("element => element === document.body"):
            break
        if not (stop.evaluate(RING) and stop.evaluate(SEEN)):
            unmarked.append(stop.evaluate("element => element.outerHTML.slice(0, 160)"))

    assert unmarked == []


@pytest.mark.parametrize(("size", "menu"), [(DESK, ".cop-tools .cop-drop:last-child"), (PHONE, ".cop-menu")])
def test_a_menu_opens_closes_and_gives_the_focus_back(demo: Demo, member: Page, size: dict, menu: str) -> None:
    member.set_viewport_size(size)
    member.goto(demo.origins["kassel"])
    summary = member.locator(f"{menu} > summary")

    tab_to(member, summary)
    member.keyboard.press("Enter")
    tab_to(member, member.locator(f"{menu} a:visible").first)
    member.keyboard.press("Escape")

    expect(summary).to_be_focused()
    expect(member.locator(menu)).not_to_have_attribute("open", "")
    member.set_viewport_size(DESK)


def test_a_topic_is_proposed(meeting: Page) -> None:
    tab_to(meeting, meeting.get_by_label("Ihr Thema"))
    meeting.keyboard.type("Wie bleiben wir im Gespräch?")
    tab_to(meeting, meeting.get_by_role("button", name="Vorschlagen", exact=True))
    meeting.keyboard.press("Enter")

    expect(meeting.get_by_role("heading", name="Wie bleiben wir im Gespräch?")).to_be_visible()


def test_a_topic_is_supported_and_the_focus_stays(meeting: Page) -> None:
    button = meeting.get_by_role("button", name="Lernplattformen")
    expect(button).to_have_attribute("aria-pressed", "false")

    tab_to(meeting, button)
    meeting.keyboard.press("Space")

    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_be_focused()


def test_an_invitation_is_answered(meeting: Page) -> None:
    tab_to(meeting, meeting.get_by_role("button", name="Ich kann nicht"))
    meeting.keyboard.press("Enter")
    expect(meeting.locator("#taking-part")).to_contain_text("Abgesagt")

    tab_to(meeting, meeting.get_by_role("button", name="Zusagen"))
    meeting.keyboard.press("Enter")
    expect(meeting.locator("#taking-part")).to_contain_text("Angemeldet")


@pytest.mark.parametrize(
    "section", ["/", "/communities", "/calendar", "/knowledge", "/me", "/communities/new", "/help"]
)
def test_text_twice_as_large_fits(demo: Demo, member: Page, section: str) -> None:
    member.goto(demo.origins["kassel"] + section)

    member.evaluate("document.documentElement.style.fontSize = '200%'")

    assert not scrolls_sideways(member)
    assert cut_off(member) == []


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until `wanted` has the focus."""
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"no stop at {wanted}")


def cut_off(page: Page) -> list[str]:
    """Return words whose box hides a part of them, or that stand beside the page."""
    found: list[str] = page.evaluate("""() => [...document.querySelectorAll("body *")].filter(one => {
        const style = getComputedStyle(one);
        if (!one.checkVisibility() || one.closest(".cop-hidden, .cop-skip, svg, textarea, input, select")) return false;
        return style.overflowX === "hidden" && one.scrollWidth > one.clientWidth + 1;
    }).map(one => one.outerHTML.slice(0, 120))""")
    return found
