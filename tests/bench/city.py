# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A real web process of the product on its own core, with a database made for it."""

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import text

from cop.app import create_app
from cop.base.db import Model, db, is_sqlite, transaction
from cop.sharing.hub import hub
from cop.worker import checkpoint
from tests.bench.load import keep_on_first_core
from tests.conftest import settings_for
from tests.databases import copy_of
from tests.live.processes import CityProcesses, free_port

NAMES = ("origin", "secret_key", "city_name", "city_short", "city_letters", "database", "mail_url")


class BenchCity:
    """One city: its app here to fill the database, its processes beside us to be measured."""

    def __init__(self, folder, *, server=None):
        database = copy_of(server, "template0") if server else f"sqlite:///{folder / 'reihum.sqlite'}"
        self.settings = settings_for(database, origin=f"http://127.0.0.1:{free_port()}")
        self.app = create_app(self.settings)
        with self.app.app_context():
            Model.metadata.create_all(db.engine)
            assert hub().keys
        issuers = [asdict(issuer) for issuer in self.settings.issuers]
        environment = {f"COP_{name.upper()}": getattr(self.settings, name) for name in NAMES}
        environment |= {"COP_DEVELOPMENT": "true", "COP_ISSUERS": json.dumps(issuers)}
        self.processes = CityProcesses(environment, folder)

    @property
    def origin(self):
        return self.settings.origin

    @contextmanager
    def filling(self):
        """A transaction in the app's context; afterwards the database is as the worker would leave it."""
        with self.app.app_context():
            with transaction():
                yield
            self._settle()
            db.session.remove()
            db.engine.dispose()

    def _settle(self):
        checkpoint(self.settings.database)
        if not is_sqlite(self.settings.database):
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))


@contextmanager
def a_city(*, server=None):
    """A city in a folder of its own; what was started is ended."""
    with TemporaryDirectory(prefix="reihum-bench-") as name:
        city = BenchCity(Path(name), server=server)
        try:
            yield city
        finally:
            city.processes.stop()


@contextmanager
def serving(city):
    """The web process of a city, on the first core."""
    city.processes.start("serve")
    keep_on_first_core(city.processes.running["serve"].pid)
    yield city.origin


def hello_server():
    """The bare limit as its own process, on the first core."""
    return other_server(lambda port, _: [sys.executable, "-m", "tests.bench.hello", port])


@contextmanager
def other_server(command):
    """A server that isn't the product, in its own process on the first core; `command(port, folder)` starts it."""
    with other_process(command) as server:
        yield server.origin


@contextmanager
def other_process(command):
    """The same, with its `pid`."""
    with TemporaryDirectory() as folder:
        server = _Other({"COP_ORIGIN": f"http://127.0.0.1:{free_port()}"}, Path(folder), command=command)
        try:
            server.start("serve")
            keep_on_first_core(server.pid)
            yield server
        finally:
            server.stop()


@dataclass
class _Other(CityProcesses):
    command: Callable = field(kw_only=True)

    @property
    def pid(self):
        return self.running["serve"].pid

    def start(self, *names):
        words = self.command(self.origin.rpartition(":")[2], self.folder)
        with (self.folder / "serve.log").open("ab") as log:
            self.running["serve"] = subprocess.Popen(words, stdout=log, stderr=log, start_new_session=True)
        self.wait_until_it_answers()
