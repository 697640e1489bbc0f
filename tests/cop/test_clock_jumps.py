# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""When the machine's clock jumps, nothing is deleted for its age, and administrators read why."""

import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from cop.accounts.models import LoginSession
from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.jumps import WAIT
from cop.doctor import Finding, _clock
from cop.worker import Worker, jobs_of
from tests.builders import a_person, an_account
from tests.reader import Reader

JUMPED = "The clock of this machine jumped"
LONG_OVER = timedelta(days=2)


@pytest.fixture
def worker(app: Flask) -> Worker:
    """A worker that has begun, where a session is long over."""
    with transaction():
        old = now() - LONG_OVER
        account = an_account(a_person("Selin"))
        db.session.add(LoginSession(account=account, token_hash="x", started_at=old, used_at=old))
    worker = Worker(app)
    worker._renew()
    return worker


def sessions_left(worker: Worker) -> int:
    """Let the worker tidy; return how many sessions of before are left."""
    worker.work("sessions", jobs_of(worker.app)["sessions"])
    with transaction():
        return db.session.scalars(select(func.count()).where(LoginSession.token_hash == "x")).one()


@pytest.mark.parametrize("by", [timedelta(minutes=5), timedelta(minutes=-5), timedelta(days=1), None], ids=str)
def test_nothing_is_deleted_for_its_age_for_a_day_after_a_jump(worker: Worker, by: timedelta | None) -> None:
    there = datetime(1970, 1, 1, 12, tzinfo=UTC) if by is None else now() + by
    with time_machine.travel(there):
        assert sessions_left(worker) == 1
        with transaction():
            admin = an_account(a_person("Nadja", locale="en"), is_admin=True).person
        assert JUMPED in Reader(worker.app, admin).get("/admin/partners").text
        found = _clock()
        assert (found.level, found.sentence.startswith(JUMPED)) == (Finding.WATCH, True)

    assert sessions_left(worker) == 1  # that it was set right is a jump, too


def test_after_a_day_it_is_deleted(worker: Worker) -> None:
    steady = time.clock_gettime
    with time_machine.travel(now() + timedelta(minutes=5)):
        assert sessions_left(worker) == 1
    with pytest.MonkeyPatch.context() as patch, time_machine.travel(now() + timedelta(minutes=5) + WAIT):
        # a day went by on both clocks
        patch.setattr(time, "clock_gettime", lambda clock: steady(clock) + WAIT.total_seconds())
        assert sessions_left(worker) == 0


@pytest.mark.parametrize("by", [timedelta(0), timedelta(seconds=1), timedelta(seconds=-1)], ids=str)
def test_a_leap_second_is_no_jump(worker: Worker, by: timedelta) -> None:
    with time_machine.travel(now() + by):
        assert sessions_left(worker) == 0


def test_summer_time_is_no_jump(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    for zone in ("UTC+1", "UTC+2"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
    assert sessions_left(worker) == 0
    monkeypatch.undo()
    time.tzset()
