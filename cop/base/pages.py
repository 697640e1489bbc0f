# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What every page shows: navigation, links of the frame, the city."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, has_request_context, url_for

from cop.base.clock import now
from cop.base.i18n import local, locale, translated
from cop.base.instance import in_development, is_ours, this_city


@dataclass(frozen=True, slots=True)
class Entry:
    """A link of the main navigation; `label` is a marked sentence."""

    key: str
    endpoint: str
    label: str
    order: int


def init_pages(app: Flask) -> None:
    app.extensions["cop.navigation"] = []
    app.extensions["cop.links"] = {}
    app.extensions["cop.addresses"] = {}
    app.context_processor(_context)
    app.jinja_env.globals.update(is_ours=is_ours, now=now, local=local)


def add_navigation(app: Flask, key: str, endpoint: str, label: str, *, order: int) -> None:
    """Add a section to the main navigation."""
    entries: list[Entry] = app.extensions["cop.navigation"]
    entries.append(Entry(key, endpoint, label, order))
    entries.sort(key=lambda entry: entry.order)


def add_link(app: Flask, key: str, target: str) -> None:
    """Say where a link of the frame leads: an endpoint, or an address outside.

    Keys: home, search, language, sign_in, sign_out, profile, devices, admin,
    legal, privacy, accessibility, easy, data, help.
    """
    app.extensions["cop.links"][key] = target


def _links() -> dict[str, str]:
    return {
        key: target if "://" in target else _address(target)
        for key, target in current_app.extensions["cop.links"].items()
    }


def _navigation() -> Iterator[tuple[str, str, str]]:
    for entry in current_app.extensions["cop.navigation"]:
        yield entry.key, _address(entry.endpoint), translated(entry.label)


def _address(endpoint: str) -> str:
    """Return the address of a page; kept for requests, whose frame has twenty that never change."""
    if not has_request_context():
        return url_for(endpoint)
    kept: dict[str, str] = current_app.extensions["cop.addresses"]
    if endpoint not in kept:
        kept[endpoint] = url_for(endpoint)
    return kept[endpoint]


def _context() -> dict[str, Any]:
    return {
        "city": this_city(),
        "locale": locale(),
        "navigation": list(_navigation()),
        "links": _links(),
        "development": in_development(),
        "today": local(now()).date(),
    }
