# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A city on SQLite whose disk fails, and processes of it that are killed."""

import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import create_engine, event, func, select

from cop.base.db import Model, db, transaction
from cop.base.mail import Mail, post_mail
from cop.base.web import public
from tests.conftest import an_app, settings_for

ENVIRONMENT = {
    "COP_ORIGIN": "https://city-a.example",
    "COP_SECRET_KEY": "a secret of thirty-two characters at least",
    "COP_CITY_NAME": "Stadt Kassel",
    "COP_CITY_SHORT": "Kassel",
    "COP_CITY_LETTERS": "KS",
    "COP_ISSUERS": '[{"url": "https://id.example", "client_id": "reihum", "client_secret": "s"}]',
}
ENDS_WITHIN_S = 60


def sqlite_at(path, *, ballast=0):
    """Make a database with empty tables, perhaps with so many bytes in it; return its address."""
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{path}")
    Model.metadata.create_all(engine)
    engine.dispose()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE ballast (bytes)")
        connection.execute("INSERT INTO ballast VALUES (zeroblob(?))", (ballast,))
        connection.commit()
    return f"sqlite:///{path}"


def verdict(path):
    """Say what SQLite thinks of a file."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchone()[0]


class Writing:
    """A city with a page that writes each time it is asked for."""

    def __init__(self, folder):
        self.path = folder / "reihum.sqlite"
        self.app = an_app(settings_for(sqlite_at(self.path)))
        self.pragmas = {"busy_timeout": 100}
        self.acknowledged = 0

        @self.app.get("/written")
        @public
        def written():
            with transaction():
                post_mail("a@city.example", "kept", "…" * 3000)
            return "written"

        with self.app.app_context():
            event.listen(db.engine, "checkout", self._set)
        self._client = self.app.test_client()

    def _set(self, connection, entry, proxy):
        for name, value in self.pragmas.items():
            connection.execute(f"PRAGMA {name}={value}")

    def ask(self, path="/written"):
        answer = self._client.get(path, headers={"accept-language": "en"})
        self.acknowledged += path == "/written" and answer.status_code == 200
        return answer

    def until_refused(self, most=500):
        """Write until it is refused; return that answer."""
        for _ in range(most):
            answer = self.ask()
            if answer.status_code != 200:
                return answer
        raise AssertionError("it was never refused")

    def kept(self):
        with self.app.app_context():
            return db.session.scalar(select(func.count()).select_from(Mail))

    def close(self):
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()


@contextmanager
def files_of_at_most(size):
    """Let no file of this process grow beyond so many bytes: the disk says no in the middle of a write."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def a_command(database, *words):
    """Begin a command of the program."""
    return subprocess.Popen(
        [sys.executable, "-m", "cop", *words],
        env={**os.environ, **ENVIRONMENT, "COP_DATABASE": database},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def killed_when(begun, process):
    """Kill a process as soon as something has begun, as a power cut would."""
    deadline = time.monotonic() + ENDS_WITHIN_S
    while not begun() and process.poll() is None:
        assert time.monotonic() < deadline, "it never began"
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def told(process):
    """Return how a process ended and what it said."""
    text, _ = process.communicate(timeout=ENDS_WITHIN_S)
    return process.returncode, text


def flip_a_page(path: Path, page: int) -> None:
    """Turn over every bit of one page of a database."""
    size = 4096
    with path.open("r+b") as file:
        file.seek(page * size)
        bytes_ = file.read(size)
        file.seek(page * size)
        file.write(bytes(byte ^ 0xFF for byte in bytes_))
