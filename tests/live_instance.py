# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A city that runs: the whole app over real HTTP on 127.0.0.1, with a database of its own."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from flask import Flask
from sqlalchemy import select
from werkzeug.serving import BaseWSGIServer, make_server

from cop.base.db import db, transaction
from cop.settings import Issuer
from cop.sharing import jobs, partnering, services
from cop.sharing.hub import hub
from cop.sharing.models import DeliveryRecord, PeerRecord
from tests.conftest import an_app, settings_for
from tests.live.faulty_network import FaultyNetwork
from tests.live.processes import free_port

T = TypeVar("T")
ROUNDS = 20
CITIES = {
    "Kassel": {"city_name": "Stadt Kassel", "city_letters": "KS", "city_hue": 262, "locale": "de"},
    "Aalborg": {
        "city_name": "Aalborg Kommune",
        "city_letters": "AA",
        "city_hue": 200,
        "locale": "da",
        "zone": "Europe/Copenhagen",
    },
    "Heidelberg": {"city_name": "Stadt Heidelberg", "city_letters": "HD", "city_hue": 320, "locale": "de"},
}


class LiveInstance:
    """A running city. The worker's jobs run when the test says so, until nothing is left to do."""

    def __init__(self, short: str, database: str, *, network: FaultyNetwork | None = None) -> None:
        self.short = short
        self._listener = socket.create_server(("127.0.0.1", free_port()))
        self.port = self._listener.getsockname()[1]
        self.origin = network.lead_to(self.port, name=short) if network else f"http://127.0.0.1:{self.port}"
        issuer = Issuer(f"http://127.0.0.1:9/{short.lower()}", "reihum", "secret", short)
        self.settings = settings_for(database, origin=self.origin, city_short=short, issuers=(issuer,), **CITIES[short])
        self._server: BaseWSGIServer | None = None
        self.app: Flask
        self._build()
        self.start()

    def _build(self) -> None:
        self.app = an_app(self.settings)

    def start(self, *, through: Callable[[Any], Any] = lambda app: app) -> None:
        """Answer requests, perhaps through something that stands in front (WSGI)."""
        front = through(self.app)
        self._server = make_server("127.0.0.1", self.port, front, threaded=True, fd=self._listener.fileno())
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self) -> None:
        """Be away: who calls is refused."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        self._listener.close()

    def resume(self, *, through: Callable[[Any], Any] = lambda app: app) -> None:
        """Come back at the same address."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.start(through=through)

    def restart(self, *, database: str | None = None) -> None:
        """Stop, forget everything that isn't in the database, and start again, perhaps with another one."""
        self.stop()
        self._end_app()
        self.settings = replace(self.settings, database=database or self.settings.database)
        self._build()
        self.resume()

    def close(self) -> None:
        self.stop()
        self._end_app()

    def _end_app(self) -> None:
        with self.app.app_context():
            jobs.dispatcher().close()
            jobs.readers().close()
            hub().transport.close()
            db.session.remove()
            db.engine.dispose()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Do something here, in a transaction."""
        with self.app.app_context(), transaction():
            yield

    def do(self, work: Callable[[], T]) -> T:
        """Do something here, in a transaction, and return what came of it."""
        with self.at_work():
            return work()

    def peer_with(self, other: "LiveInstance", *, level: int = 3) -> None:
        """Invite another city, as both administrators do it, until both have what they may see."""
        with self.app.app_context():
            text = partnering.invite(by=None)
        with other.app.app_context():
            partnering.offer(text, level=level, by=None)
        with self.app.app_context():
            partnering.confirm(other.origin, level=level, by=None)
        settle(self, other)

    def deliver(self) -> int:
        """Send what is due; return how much arrived."""
        with self.app.app_context():
            return sum(iter(lambda: jobs.dispatcher().finish(), 0))

    def read(self) -> int:
        """Read the cities that are to be read; return how much was new."""
        with self.app.app_context():
            return jobs.readers().finish()

    def process(self) -> int:
        """Handle what came; return how much is settled."""
        with self.app.app_context():
            return jobs.process_received()

    def retry_now(self) -> None:
        """Don't wait for the next try."""
        with self.at_work():
            for origin in db.session.scalars(select(PeerRecord.origin)).all():
                services.try_now(origin)

    def letters_to(self, other: "LiveInstance") -> dict[str, int]:
        """Count deliveries to another city by state."""
        with self.app.app_context():
            found = db.session.scalars(
                select(DeliveryRecord.state)
                .join(PeerRecord, PeerRecord.id == DeliveryRecord.peer_id)
                .where(PeerRecord.origin == other.origin)
            ).all()
        return {state: found.count(state) for state in set(found)}


def settle(*cities: LiveInstance) -> None:
    """Let all deliver and process until nothing moves."""
    for _ in range(ROUNDS):
        moved = [city.deliver() + city.read() + city.process() for city in cities]
        if not any(moved):
            return
    raise AssertionError("the cities never come to rest")
