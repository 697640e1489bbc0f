# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A page that follows a stream: live.js in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.databases import fresh_database
from tests.live.listening import BoardProcess, board_process

CONNECTED, SEARCHING = "main[data-live-state=connected]", "main[data-live-state=searching]"
#: until a page gives up waiting for a stream, and has polled
POLLS_WITHIN_MS = 20_000


@pytest.fixture(scope="module")
def board(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BoardProcess]:
    """A web process; each test has a board of its own."""
    folder = tmp_path_factory.mktemp("board")
    with board_process(fresh_database(template, folder / "reihum.sqlite"), folder) as process:
        yield process


@pytest.fixture
def page(profile: BrowserContext, board: BoardProcess) -> Page:
    return profile.new_page()


def test_a_change_appears_and_what_is_typed_and_the_focus_stay(page: Page, board: BoardProcess) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{board.origin}/board/one")
    page.locator(CONNECTED).wait_for()
    page.get_by_label("Note").fill("half a sentence")
    page.get_by_role("button", name="Vote").focus()

    board.vote("one", text="<b>Desksharing</b>")

    expect(page.get_by_role("listitem")).to_have_text(["<b>Desksharing</b>"])
    expect(page.get_by_label("Note")).to_have_value("half a sentence")
    expect(page.get_by_role("button", name="Vote")).to_be_focused()
    assert said == []


def test_a_field_that_would_go_stays_while_somebody_types(page: Page, board: BoardProcess) -> None:
    page.goto(f"{board.origin}/board/two")
    page.locator(CONNECTED).wait_for()
    field = page.get_by_label("Only here")
    field.focus()
    board.vote("two", text="first")
    page.locator("#last[data-changed]").wait_for()

    page.get_by_role("button", name="Vote").focus()

    expect(page.locator("#last")).to_have_text("first")
    expect(page.locator("#last[data-changed]")).to_have_count(0)


def test_behind_a_proxy_that_collects_the_page_polls(page: Page, board: BoardProcess) -> None:
    def collect(route: Route) -> None:
        if "text/event-stream" not in route.request.headers["accept"]:
            route.continue_()

    page.route("**/live*", collect)
    page.goto(f"{board.origin}/board/three")
    board.vote("three", text="first")

    expect(page.get_by_role("listitem")).to_have_text(["first"], timeout=POLLS_WITHIN_MS)
    board.vote("three", text="second")
    expect(page.get_by_role("listitem")).to_have_text(["first", "second"], timeout=POLLS_WITHIN_MS)
    page.locator(CONNECTED).wait_for()


def test_after_the_server_was_away_the_page_has_what_it_missed_at_once(page: Page, board: BoardProcess) -> None:
    page.goto(f"{board.origin}/board/four")
    page.locator(CONNECTED).wait_for()
    board.vote("four", text="before")
    expect(page.get_by_role("listitem")).to_have_text(["before"])
    board.end()
    page.locator(SEARCHING).wait_for()

    board.start()
    board.vote("four", text="after")

    expect(page.get_by_role("listitem")).to_have_text(["before", "after"], timeout=POLLS_WITHIN_MS)
    page.locator(CONNECTED).wait_for()
