# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Web and worker as the processes they are: they end cleanly, and a second worker takes over."""

import json
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.conftest import SECRET
from tests.live.processes import CityProcesses, free_port

WITHIN_S = 25


@pytest.fixture
def city(database: str, tmp_path: Path) -> Iterator[CityProcesses]:
    issuers = [{"url": "http://127.0.0.1:9/kassel", "client_id": "reihum", "client_secret": "s"}]
    facts = {
        "COP_ORIGIN": f"http://127.0.0.1:{free_port()}",
        "COP_SECRET_KEY": SECRET,
        "COP_CITY_NAME": "Stadt Kassel",
        "COP_CITY_SHORT": "Kassel",
        "COP_CITY_LETTERS": "KS",
        "COP_ISSUERS": json.dumps(issuers),
        "COP_DEVELOPMENT": "true",
        "COP_DATABASE": database,
        "COP_MAIL_URL": f"file://{tmp_path}/mail",
    }
    city = CityProcesses(facts, tmp_path)
    yield city
    city.kill()


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.1)
    return False


def holder(database: str) -> str | None:
    """Who has the workers' lease."""
    engine = create_engine(database)
    with engine.connect() as connection:
        found = connection.scalar(text("SELECT holder FROM lease WHERE name = 'worker'"))
    engine.dispose()
    return str(found) if found is not None else None


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_web_and_worker_end_cleanly_when_told(city: CityProcesses, database: str, told: signal.Signals) -> None:
    city.start()
    assert within(WITHIN_S, lambda: holder(database) is not None)

    for process in city.running.values():
        process.send_signal(told)
    codes = {name: process.wait(WITHIN_S) for name, process in city.running.items()}

    assert codes == {"serve": 0, "worker": 0}
    assert holder(database) is None


def test_a_second_worker_stands_by_and_takes_over(city: CityProcesses, database: str) -> None:
    city.start("worker")
    assert within(WITHIN_S, lambda: holder(database) is not None)
    first, first_process = holder(database), city.running.pop("worker")
    city.start("worker")
    assert not within(5, lambda: holder(database) != first)  # it asks every three seconds, and gets nothing

    first_process.send_signal(signal.SIGKILL)
    first_process.wait()

    assert within(WITHIN_S, lambda: holder(database) not in {first, None})
    assert city.stop() == {"worker": 0}
