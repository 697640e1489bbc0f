# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the browser tests do on pages."""

from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Dialog, Page, ViewportSize

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 320, "height": 700}


def sign_in(page: Page, origin: str, name: str) -> None:
    """Sign in through the city's development login."""
    page.goto(f"{origin}/login")
    page.locator("main form button, main a.kern-btn").first.click()
    page.get_by_role("button", name=name).click()
    page.wait_for_url(f"{origin}/**")


def violations(page: Page, rules: list[str] | None = None) -> list[str]:
    """Return what axe-core finds wrong with the page as it stands; all rules, or some."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
    found: dict[str, Any] = page.evaluate("only => axe.run(document, {runOnly: only})", only)
    return [
        f"{page.url} {one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def scrolls_sideways(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


class Watched:
    """A page whose console, dialogs and requests are written down."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page, self.seen = page, list[str]()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.seen.append(f"{page.url} error: {error}"))
        page.on("dialog", self._dialog)
        page.on("request", lambda request: self._request(request.url, origin))

    def faults(self) -> list[str]:
        """Return what was seen since the last time."""
        seen, self.seen = self.seen, []
        return seen

    def _console(self, message: ConsoleMessage) -> None:
        # the document itself may be one of the error pages
        refused = message.text.startswith("Failed to load resource") and message.location["url"] == self.page.url
        if message.type in {"error", "warning"} and not refused:
            self.seen.append(f"{self.page.url} {message.type}: {message.text}")

    def _dialog(self, dialog: Dialog) -> None:
        self.seen.append(f"{self.page.url} dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, url: str, origin: str) -> None:
        if not url.startswith((origin + "/", "data:")):
            self.seen.append(f"{self.page.url} asks {url}")


def looks_wrong(page: Page, language: str) -> list[str]:
    """Return what is wrong with the page as it stands: structure, axe in light and dark, width of a phone."""
    wrong = [] if page.locator("h1").count() == 1 else [f"{page.url}: {page.locator('h1').count()} h1"]
    if page.locator("html").get_attribute("lang") != language:
        wrong.append(f"{page.url} is not in {language}")
    wrong += violations(page)
    page.emulate_media(color_scheme="dark")
    wrong += [f"dark: {one}" for one in violations(page, ["color-contrast"])]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(PHONE)
    if scrolls_sideways(page):
        wrong.append(f"{page.url} scrolls sideways at 320 px")
    wrong += [f"phone: {one}" for one in violations(page, ["color-contrast", "target-size"])]
    page.set_viewport_size(DESK)
    return wrong
