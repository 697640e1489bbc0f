# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a worker costs that has nothing to do."""

import os
import time
from pathlib import Path

from tests.bench.city import a_city
from tests.bench.figure import Figure

#: until it has imported everything and run each job once
SETTLES_S = 8


def measure(size):
    """Measure the CPU time of an idle worker."""
    with a_city() as city:
        city.processes.start("worker")
        process = city.processes.running["worker"]
        time.sleep(min(SETTLES_S, size.idle_s * 8))
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


def _cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
