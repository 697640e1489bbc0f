# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The worker works while it has the lease, and ends when told."""

import logging
import resource
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import create_engine, make_url, text

from cop.base.lease import give_back_lease, take_lease
from cop.cli import main
from cop.worker import NAME, Job, Worker, allow_connections, checkpoint, jobs_of
from tests.cop.test_cli import environment  # noqa: F401
from tests.live.processes import free_port

SOON = timedelta(seconds=1)
WITHIN_S = 30


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """What processes do on being told to end stays as it was."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def told_to_end(when: Callable[[], bool]) -> threading.Thread:
    """Send SIGTERM to this process as soon as something holds."""

    def wait() -> None:
        deadline = time.monotonic() + WITHIN_S
        while not when() and time.monotonic() < deadline:
            time.sleep(0.05)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def has_lease(database: str) -> bool:
    engine = create_engine(database)
    try:
        with engine.connect() as connection:
            return connection.scalar(text("SELECT holder FROM lease")) is not None
    finally:
        engine.dispose()


def test_the_holder_of_the_lease_works_and_another_does_not(app: Flask) -> None:
    done: list[str] = []
    worker = Worker(app)

    worker.work("count", Job(SOON, lambda: done.append("too early")))
    worker._renew()
    worker.work("count", Job(SOON, lambda: done.append("worked")))
    give_back_lease(NAME, worker.me)
    take_lease(NAME, uuid4())
    worker._renew()
    worker.work("count", Job(SOON, lambda: done.append("too late")))

    assert done == ["worked"]


def test_a_job_that_fails_is_logged_and_the_next_one_runs(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []
    worker = Worker(app)
    worker._renew()
    logging.getLogger().addHandler(caplog.handler)

    worker.work("broken", Job(SOON, lambda: 1 / 0))
    worker.work("other", Job(SOON, lambda: done.append("worked")))

    assert "job broken failed" in caplog.messages
    assert done == ["worked"]


def test_every_job_runs_on_an_instance_with_nothing_in_it(app: Flask) -> None:
    for job in jobs_of(app).values():
        job.do()


def test_the_log_of_sqlite_goes_into_the_database(app: Flask, database: str) -> None:
    take_lease(NAME, uuid4())

    checkpoint(database)

    path = make_url(database).database or ""
    assert not database.startswith("sqlite") or Path(f"{path}-wal").stat().st_size == 0


def test_it_runs_until_told_to_end_and_gives_the_lease_back(app: Flask, database: str) -> None:
    worker = Worker(app)
    thread = told_to_end(lambda: worker.scheduler.running and has_lease(database))

    worker.run()

    thread.join()
    assert worker.holds
    assert not has_lease(database)


def test_told_while_it_starts_it_ends_and_gives_the_lease_back(app: Flask, database: str) -> None:
    worker = Worker(app)
    thread = told_to_end(lambda: has_lease(database))

    worker.run()

    thread.join()
    assert not has_lease(database)


def test_the_worker_ends_well_when_told(environment: Path) -> None:  # noqa: F811
    CliRunner().invoke(main, ["migrate"])
    thread = told_to_end(lambda: has_lease(f"sqlite:///{environment / 'reihum.sqlite'}"))

    done = CliRunner().invoke(main, ["worker"])

    thread.join()
    assert (done.exit_code, done.exception) == (0, None)


def test_the_web_process_ends_well_when_told(environment: Path) -> None:  # noqa: F811
    CliRunner().invoke(main, ["migrate"])
    port = free_port()
    thread = told_to_end(lambda: listens(port))

    done = CliRunner().invoke(main, ["serve", "--port", str(port)])

    thread.join()
    assert done.exit_code == 0


def test_a_worker_may_have_as_many_connections_as_the_system_allows() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)

    allow_connections()

    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (most, most)
