# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What every page shows: navigation, links of the frame, the city."""

from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from types import FunctionType
from typing import Any
from uuid import UUID

from flask import Flask, current_app, has_request_context, url_for
from flask.templating import Environment
from jinja2.runtime import Context, Macro

from cop.base.clock import now
from cop.base.i18n import local, locale, translated
from cop.base.instance import in_development, is_ours, this_city

MOST_ADDRESSES = 10_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A link of the main navigation; `label` is a marked sentence."""

    key: str
    endpoint: str
    label: str
    order: int


class Calls(Context):
    """Calls macros and plain functions at once.

    Jinja looks at each what it wants to be passed, and a page has four hundred calls.
    """

    def call(self, called: Any, /, *args: Any, **named: Any) -> Any:
        if type(called) is Macro:
            args = (self.eval_ctx, *args)
        elif type(called) is not FunctionType or hasattr(called, "jinja_pass_arg"):
            return super().call(called, *args, **named)
        named.pop("_loop_vars", None)
        named.pop("_block_vars", None)
        return called(*args, **named)


class PageEnvironment(Environment):
    """Jinja as pages need it."""

    context_class = Calls

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Let templates without globals of their own have the environment's, which are quicker to copy than a chain."""
        return super().make_globals(d) if d else self.globals


def init_pages(app: Flask) -> None:
    app.extensions["cop.navigation"] = []
    app.extensions["cop.links"] = {}
    app.extensions["cop.addresses"] = {}
    app.context_processor(_context)
    app.jinja_env.globals.update(is_ours=is_ours, now=now, local=local, url_for=address)


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
        key: target if "://" in target else address(target)
        for key, target in current_app.extensions["cop.links"].items()
    }


def _navigation() -> Iterator[tuple[str, str, str]]:
    for entry in current_app.extensions["cop.navigation"]:
        yield entry.key, address(entry.endpoint), translated(entry.label)


def address(endpoint: str, **values: Any) -> str:
    """Return the address of a page, as `url_for` does; templates call it by that name.

    A page has fifty, most of them have been on one before: those made of ids are kept.
    What somebody typed is not: it may be long, and it is theirs.
    """
    # outside a request they are absolute
    if not has_request_context() or not all(isinstance(value, UUID) for value in values.values()):
        return url_for(endpoint, **values)
    kept: dict[tuple[Any, ...], str] = current_app.extensions["cop.addresses"]
    key = (endpoint, *values.items())
    found = kept.get(key)
    if found is None:
        if len(kept) >= MOST_ADDRESSES:
            kept.clear()
        found = kept[key] = url_for(endpoint, **values)
    return found


def _context() -> dict[str, Any]:
    return {
        "city": this_city(),
        "locale": locale(),
        "navigation": list(_navigation()),
        "links": _links(),
        "development": in_development(),
        "today": local(now()).date(),
    }
