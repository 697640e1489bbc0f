# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Finds the pages that a person reaches by following links, sorted by route."""

import re
from collections import deque
from functools import cache
from html import unescape
from tempfile import gettempdir
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import APIRequestContext
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map

from cop.app import create_app
from tests.conftest import settings_for

LINK = re.compile(r'<a\b[^>]*?\bhref="([^"]+)"')
MAX_PAGES = 400
#: one page of a route looks like the next, except where what it shows differs
SEVERAL = {"communities.overview": 2, "meetings.show": 3, "knowledge.article": 2}


@cache
def routes() -> Map:
    """Every route of the product."""
    return create_app(settings_for(f"sqlite:///{gettempdir()}/never-opened.sqlite")).url_map


def pages() -> set[str]:
    """The endpoints that answer to GET."""
    return {rule.endpoint for rule in routes().iter_rules() if "GET" in (rule.methods or set())}


def endpoint_of(url: str) -> str | None:
    address = urlsplit(url)
    try:
        return str(routes().bind(address.netloc).match(address.path)[0])
    except HTTPException:
        return None


def reachable(browser: APIRequestContext, origin: str, *, start: tuple[str, ...] = ("/",)) -> dict[str, list[str]]:
    """Follow the links; return for each route the first few addresses that lead to a page."""
    found: dict[str, list[str]] = {}
    waiting = deque(origin + path for path in start)
    seen = set(waiting)
    for _ in range(MAX_PAGES):
        if not waiting:
            break
        url = waiting.popleft()
        endpoint = endpoint_of(url)
        known = found.setdefault(str(endpoint), [])
        if endpoint is None or len(known) >= SEVERAL.get(endpoint, 1):
            continue
        answer = browser.get(url)
        if not (answer.ok and answer.url.startswith(origin + "/")) or "text/html" not in answer.headers.get(
            "content-type", ""
        ):
            continue
        known.append(url)
        for link in LINK.findall(answer.text()):
            target = urljoin(url, unescape(link)).partition("#")[0]
            if target.startswith(origin + "/") and target not in seen:
                seen.add(target)
                waiting.append(target)
    return {endpoint: urls for endpoint, urls in found.items() if urls}
