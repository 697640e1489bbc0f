# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What every page shows: navigation, city, messages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, current_app, url_for

from cop.base.clock import now
from cop.base.i18n import locale, translated
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
    app.context_processor(_context)
    app.jinja_env.globals.update(is_ours=is_ours, now=now)


def add_navigation(app: Flask, key: str, endpoint: str, label: str, *, order: int) -> None:
    """Add a link to the main navigation."""
    entries: list[Entry] = app.extensions["cop.navigation"]
    entries.append(Entry(key, endpoint, label, order))
    entries.sort(key=lambda entry: entry.order)


def _navigation() -> Iterator[tuple[str, str, str]]:
    for entry in current_app.extensions["cop.navigation"]:
        yield entry.key, url_for(entry.endpoint), translated(entry.label)


def _context() -> dict[str, Any]:
    return {
        "city": this_city(),
        "locale": locale(),
        "navigation": list(_navigation()),
        "development": in_development(),
    }


def days_until(instant: datetime) -> int:
    """Return whole days from now; 0 on the last day, negative when it is over."""
    return (instant - now()).days
