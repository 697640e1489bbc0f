# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a worker costs that has nothing to do."""

import os
import time
from pathlib import Path

from sqlalchemy import select

from cop.base.db import db
from cop.base.lease import Lease
from tests.bench.city import a_city
from tests.bench.figure import Figure

STARTS_WITHIN_S = 60
#: until it has done each job once
SETTLES_S = 3


def measure(size):
    """Measure the CPU time of an idle worker."""
    with a_city() as city:
        city.processes.start("worker")
        process = city.processes.running["worker"]
        wait_for_its_lease(city)
        time.sleep(min(SETTLES_S, size.idle_s))
        before = _cpu_seconds(process.pid)
        time.sleep(size.idle_s)
        used = _cpu_seconds(process.pid) - before
        assert process.poll() is None
    yield Figure(
        "worker.idle_cpu",
        100 * used / size.idle_s,
        "% of a core",
        "the figure to stay under",
        1,
        f"over {size.idle_s} s, no peers, nothing to do, SQLite",
    )


def wait_for_its_lease(city):
    """Wait until the worker has imported everything and begins."""
    deadline = time.monotonic() + STARTS_WITHIN_S
    with city.app.app_context():
        while db.session.scalar(select(Lease.id)) is None:
            assert time.monotonic() < deadline
            db.session.remove()
            time.sleep(0.1)
        db.session.remove()


def _cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
