# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The one process with a scheduler. A second one stands by: only the holder of the lease works."""

import logging
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from types import FrameType
from uuid import UUID, uuid4

from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from sqlalchemy import text

from cop.accounts import jobs as accounts
from cop.base.clock import now
from cop.base.db import db, is_sqlite
from cop.base.jumps import Watch, may_delete
from cop.base.lease import give_back_lease, take_lease
from cop.base.mail import forget_old_mail, post_to, send_due_mail
from cop.meetings import jobs as meetings
from cop.settings import Settings
from cop.sharing import jobs as sharing
from cop.sharing.epochs import write_mark
from cop.sharing.quarantine_work import work_off_all
from cop.sharing.silence import mind_silence
from cop.visits import jobs as visits

NAME = "worker"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do again and again, in the app's context."""

    every: timedelta
    do: Callable[[], object]
    #: it deletes or gives up what is old, and so waits when the clock jumped
    by_age: bool = False


def jobs_of(app: Flask) -> dict[str, Job]:
    """Return every job by its name."""
    settings: Settings = app.extensions["cop.settings"]
    post = post_to(settings.mail_url)
    return {
        "process": Job(timedelta(seconds=0.5), sharing.process_received),
        "deliver": Job(timedelta(seconds=0.5), sharing.deliver_due),
        "read": Job(timedelta(seconds=2), sharing.read_due),
        "mail": Job(timedelta(seconds=5), lambda: send_due_mail(post, settings.mail_sender)),
        "visits": Job(timedelta(seconds=5), visits.tell_ended),
        "meetings": Job(timedelta(minutes=10), meetings.plan_next_meetings),
        "checkpoint": Job(timedelta(minutes=1), lambda: checkpoint(settings.database)),
        "quarantine": Job(timedelta(seconds=10), work_off_all),
        "mark": Job(timedelta(minutes=1), lambda: write_mark(settings.database)),
        "connections": Job(timedelta(minutes=1), sharing.tidy_connections),
        "silence": Job(timedelta(minutes=1), mind_silence, by_age=True),
        "tidy": Job(timedelta(hours=1), sharing.tidy, by_age=True),
        "sessions": Job(timedelta(hours=1), accounts.tidy, by_age=True),
        "guests": Job(timedelta(hours=1), visits.tidy, by_age=True),
        "letters": Job(timedelta(hours=1), forget_old_mail, by_age=True),
    }


def checkpoint(database: str) -> None:
    """Move SQLite's log into the database; the web process never does."""
    if is_sqlite(database):
        with db.engine.connect() as connection:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))


def allow_connections() -> None:
    """Let this process have as many files open as the system allows it: two for each city that it delivers to."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class Worker:
    """Runs the jobs of one app until told to stop."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.me: UUID = uuid4()
        self.holds = False
        self.watch = Watch()
        self.began = now()
        self.scheduler = BackgroundScheduler(timezone="UTC")

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; what has begun is finished."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _end)
        try:
            with suppress(SystemExit):
                allow_connections()
                self._start()
                while True:
                    signal.pause()
        finally:
            self._finish()

    def _start(self) -> None:
        self._renew()
        with self.app.app_context():
            sharing.begin(self.app.extensions["cop.settings"].database)
        self._schedule("lease", timedelta(seconds=3), self._renew)
        for name, job in jobs_of(self.app).items():
            self._schedule(name, job.every, partial(self.work, name, job))
        self.scheduler.start()

    def _finish(self) -> None:
        if self.scheduler.running:
            self.scheduler.shutdown(wait=True)
        with self.app.app_context():
            sharing.close()
            give_back_lease(NAME, self.me)

    def work(self, name: str, job: Job) -> None:
        """Do a job once, if the lease is ours; a failure is logged and the job comes again."""
        if not self.holds:
            return
        with self.app.app_context():
            try:
                if not job.by_age or self._may_delete():
                    job.do()
            except Exception:  # one failing job must not stop the others
                log.exception("job %s failed", name)

    def _may_delete(self) -> bool:
        self.watch.look()
        return may_delete()

    def _schedule(self, name: str, every: timedelta, do: Callable[[], None]) -> None:
        self.scheduler.add_job(
            do,
            "interval",
            seconds=every.total_seconds(),
            start_date=self.began,  # of all: what is due at once wakes us once
            id=name,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )

    def _renew(self) -> None:
        with self.app.app_context():
            self.holds = take_lease(NAME, self.me)


def _end(number: int, frame: FrameType | None) -> None:
    """Leave the main thread's wait; it holds no lock there that a job could need."""
    sys.exit()
