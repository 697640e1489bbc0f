# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Our tables do what federation asks of any host."""

from collections.abc import Iterator
from functools import wraps

import pytest
import time_machine
from flask import Flask

from cop.base.db import transaction
from cop.sharing import stores
from cop.sharing.stores import deliveries, intake, invitations, limit, log, peers
from federation.memory import Time
from federation.testing import PortsContract


class InAnApp:
    """Calls a port's methods in a context of their own, as each thread of a server does."""

    def __init__(self, app: Flask, port: object) -> None:
        self._app, self._port = app, port

    def __getattr__(self, name: str):
        method = getattr(self._port, name)

        @wraps(method)
        def call(*args, **kwargs):
            with self._app.app_context():
                return method(*args, **kwargs)

        return call


class Travel(Time):
    """A clock that stands, and `base.clock.now` with it."""

    def __init__(self, traveller) -> None:
        super().__init__()
        self._traveller = traveller
        traveller.move_to(self.at)

    def pass_(self, **span: float) -> None:
        super().pass_(**span)
        self._traveller.move_to(self.at)


class SqlHost:
    """A city on the fixture database."""

    def __init__(self, app: Flask, clock: Time) -> None:
        self.clock = clock
        self.limit = limit.Buckets(self.clock)
        self.peers = InAnApp(app, peers.SqlPeers())
        self.invitations = InAnApp(app, invitations.SqlInvitations())
        self.intake = InAnApp(app, intake.SqlIntake())
        self.deliveries = InAnApp(app, deliveries.SqlDeliveries())
        self.log = log.SqlLog()

    def transaction(self):
        return transaction()


@pytest.fixture
def host(app: Flask) -> Iterator[SqlHost]:
    with time_machine.travel(Time().at, tick=False) as traveller:
        yield SqlHost(app, Travel(traveller))


class TestPortsOnTables(PortsContract):
    """Every contract of `federation.testing`."""


def test_every_port_is_here() -> None:
    assert {name for name in stores.__all__ if name.startswith("Sql")} == {
        "SqlDeliveries",
        "SqlFeed",
        "SqlHoldings",
        "SqlIntake",
        "SqlInvitations",
        "SqlKnown",
        "SqlLog",
        "SqlPeers",
        "SqlReadings",
        "SqlSecurityEvents",
    }
