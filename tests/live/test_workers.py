# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Two workers of one city by mistake, and one dies in the middle of its work: the other goes on, nothing is doubled."""

import json
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from cop.app import create_app
from cop.base.db import db
from cop.settings import load_settings
from cop.sharing.hub import hub
from cop.sharing.models import DeliveryRecord, LogEntry, ReceivedActivity
from cop.sharing.stores import SqlPeers
from federation.origins import Origin
from federation.ports import Level, Peer, PeerState
from tests.live.processes import CityProcesses, free_port
from tests.live.test_delivery import Delay, received, say, within
from tests.live.test_processes import holder
from tests.live_instance import LiveInstance

STARTS_WITHIN_S = 30
#: a lease holds for ten seconds and is asked for every three
TAKES_OVER_WITHIN_S = 20
DELIVERS_WITHIN_S = 60
MANY = 60


class Kassel(CityProcesses):
    """A city as processes; its app here looks into its database."""

    def __init__(self, folder: Path, database: str) -> None:
        issuers = [{"url": "http://127.0.0.1:9/kassel", "client_id": "reihum", "client_secret": "s"}]
        facts = {
            "COP_ORIGIN": f"http://127.0.0.1:{free_port()}",
            "COP_SECRET_KEY": "kassel has a secret of more than 32 characters",
            "COP_CITY_NAME": "Stadt Kassel",
            "COP_CITY_SHORT": "Kassel",
            "COP_CITY_LETTERS": "KS",
            "COP_ISSUERS": json.dumps(issuers),
            "COP_DEVELOPMENT": "true",
            "COP_DATABASE": database,
            "COP_MAIL_URL": f"file://{folder}/mail",
        }
        super().__init__(facts, folder)
        self.app: Flask = create_app(load_settings(environment=facts))

    def at_work(self):
        return LiveInstance.at_work(self)  # type: ignore[arg-type]

    def said(self) -> list[str]:
        """The ids of all it said: what the test wants, and what a city says of itself to a new partner."""
        with self.app.app_context():
            return list(db.session.scalars(select(LogEntry.activity_id)))

    def states(self) -> Counter[str]:
        with self.app.app_context():
            return Counter(db.session.scalars(select(DeliveryRecord.state)))


def pin(app: Flask, other: Flask) -> None:
    """Let one city know another as the handshake does."""
    with other.app_context():
        city = hub().city
    with app.app_context():
        peer = Peer(Origin(city.origin), PeerState.ACTIVE, Level.WORK, Level.WORK)
        SqlPeers().add(peer, name=city.name, keys=city.keys)


@pytest.fixture
def kassel(database: str, tmp_path: Path) -> Iterator[Kassel]:
    city = Kassel(tmp_path, database)
    yield city
    city.kill()
    with city.app.app_context():
        db.engine.dispose()


def test_the_other_worker_takes_over_within_seconds_and_nothing_is_lost_or_doubled(
    kassel: Kassel, aalborg: LiveInstance, database: str
) -> None:
    pin(kassel.app, aalborg.app)
    pin(aalborg.app, kassel.app)
    Delay(aalborg, 0.1)
    kassel.start("worker")
    assert within(STARTS_WITHIN_S, lambda: holder(database) is not None)
    first, first_process = holder(database), kassel.running.pop("worker")
    kassel.start("worker")
    say(kassel, aalborg.origin, number=MANY)
    assert within(STARTS_WITHIN_S, lambda: received(aalborg) >= 3)

    first_process.send_signal(signal.SIGKILL)
    first_process.wait()
    assert received(aalborg) < MANY

    assert within(TAKES_OVER_WITHIN_S, lambda: holder(database) not in {first, None})
    assert within(DELIVERS_WITHIN_S, lambda: set(kassel.states()) == {"done"})
    with aalborg.app.app_context():
        ids = db.session.scalars(select(ReceivedActivity.activity_id)).all()
    assert sorted(ids) == sorted(kassel.said())
    assert len(ids) >= MANY
    assert kassel.stop() == {"worker": 0}


def test_a_worker_told_to_end_finishes_the_delivery_that_is_on_its_way(kassel: Kassel, aalborg: LiveInstance) -> None:
    pin(kassel.app, aalborg.app)
    pin(aalborg.app, kassel.app)
    delay = Delay(aalborg, 1)
    kassel.start("worker")
    say(kassel, aalborg.origin, number=10)
    assert delay.begun.wait(STARTS_WITHIN_S)

    assert kassel.stop() == {"worker": 0}

    arrived = received(aalborg)
    assert 1 <= arrived < 10
    assert kassel.states() == Counter(done=arrived, due=10 - arrived)
