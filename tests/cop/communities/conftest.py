# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A transaction around each test of the services, and what was published in it."""

from collections.abc import Iterator

import pytest
from flask import Flask

from cop.base.db import transaction
from cop.base.events import Event, subscribe
from cop.base.pending import RequestMade
from cop.communities import events
from tests.builders import a_city, a_peer, a_person
from tests.reader import Reader


@pytest.fixture
def inside(app: Flask) -> Iterator[None]:
    """Run the test in one transaction."""
    with transaction():
        yield


@pytest.fixture
def told(app: Flask) -> list[Event]:
    """What was published, in order."""
    heard: list[Event] = []
    for kind in (
        events.CommunityChanged,
        events.JoinAsked,
        events.MemberJoined,
        events.JoinRefused,
        events.MemberLeft,
        RequestMade,
    ):
        subscribe(app, kind, heard.append, in_transaction=True)
    return heard


@pytest.fixture
def bram(app):
    with transaction():
        a_city()
        a_peer()
        person = a_person("Bram Osterloh", locale="en")
    return Reader(app, person)
