# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""How long the demo takes until it says that it is ready."""

import subprocess
import sys
import time
from tempfile import TemporaryDirectory

from tests.bench.figure import Figure
from tests.browser.demo import READY, three_free_ports


def measure(size):
    """Start the demo with no data, on free ports."""
    imported = _seconds([sys.executable, "-c", f"import cop.app; print({READY!r})"])
    with TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "cop", "demo", "--folder", folder, "--port", str(three_free_ports())]
        ready = _seconds(words)
    yield Figure(
        "demo.ready_s",
        ready,
        "s",
        "importing the app once",
        imported,
        "first start: two databases made and filled, two cities, two workers and a login started; all cores",
    )


def _seconds(words):
    """Measure until a process says that it is ready; then it is told to end."""
    begun = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if READY in line:
                return time.perf_counter() - begun
        raise AssertionError("".join(said))
    finally:
        process.terminate()
        process.communicate(timeout=60)
