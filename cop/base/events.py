# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Domain events: how features tell others what happened.

Subscribers belong to an app, not to a module, so that two cities fit in one process.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, in past tense."""


Handler = Callable[[Any], None]


class Subscribers:
    """Who listens to what, in one app."""

    def __init__(self) -> None:
        self.inside: dict[type[Event], list[Handler]] = defaultdict(list)
        self.after: dict[type[Event], list[Handler]] = defaultdict(list)


def init_events(app: Flask) -> None:
    app.extensions["cop.events"] = Subscribers()


def subscribe(app: Flask, event: type[Event], handler: Handler, *, in_transaction: bool = False) -> None:
    """Call `handler` with each such event: in its transaction, or after the commit."""
    subscribers: Subscribers = app.extensions["cop.events"]
    (subscribers.inside if in_transaction else subscribers.after)[event].append(handler)


def publish(event: Event) -> None:
    """Tell what happened.

    Subscribers in the transaction run at once, unless it is held back for a while, and what they raise ends
    the transaction; the others run after the commit, and what they raise is logged.
    """
    held: list[Event] | None = g.get("cop_events_held")
    if held is not None:
        held.append(event)
        return
    subscribers: Subscribers = current_app.extensions["cop.events"]
    for handler in subscribers.inside[type(event)]:
        handler(event)
    _waiting().append(event)


@contextmanager
def told_at_the_end() -> Iterator[None]:
    """Tell at the end of the block what is published in it, in that order: all rows are written by then, at once.

    Subscribers find things as they are then. What is raised in the block drops what was published.
    """
    held: list[Event] = []
    g.cop_events_held = held
    try:
        yield
    finally:
        g.cop_events_held = None
    for event in held:
        publish(event)


def forget_waiting() -> None:
    """Drop what was published in a transaction that didn't commit."""
    _waiting().clear()


def tell_after_commit() -> None:
    """Call the subscribers that wait for the commit."""
    subscribers: Subscribers = current_app.extensions["cop.events"]
    waiting, g.cop_events = _waiting(), []
    for event in waiting:
        for handler in subscribers.after[type(event)]:
            try:
                handler(event)
            except Exception:  # a plugin's failure must not become the member's
                log.exception("subscriber of %s failed", type(event).__name__)


def _waiting() -> list[Event]:
    if "cop_events" not in g:
        g.cop_events = []
    waiting: list[Event] = g.cop_events
    return waiting
