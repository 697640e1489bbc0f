# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Joins rotation to the app."""

from flask import Flask

from cop.base.events import subscribe
from cop.communities.events import MemberLeft
from cop.rotation import subscribers
from cop.settings import Settings


def init(app: Flask, settings: Settings) -> None:
    """Register what this part adds."""
    subscribe(app, MemberLeft, subscribers.end_turns, in_transaction=True)
