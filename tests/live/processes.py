# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Real cities as processes that can be killed and started again."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import requests

STARTS_WITHIN_S = 60


def free_port() -> int:
    """Return a port that is free now, below those that outgoing connections get: nothing takes it meanwhile."""
    while True:
        port = random.randrange(10_000, 32_000)
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port


@dataclass
class CityProcesses:
    """The web process and the worker of one city; `environment` holds its COP_* settings."""

    environment: Mapping[str, str]
    folder: Path
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        return self.environment["COP_ORIGIN"]

    def start(self, *names: str) -> None:
        for name in names or ("serve", "worker"):
            words = [name, "--port", self.origin.rpartition(":")[2]] if name == "serve" else [name]
            with (self.folder / f"{name}.log").open("ab") as log:
                self.running[name] = subprocess.Popen(
                    [sys.executable, "-m", "cop", *words],
                    env={**os.environ, **self.environment},
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        if "serve" in (names or ("serve",)):
            self.wait_until_it_answers()

    def kill(self, *names: str) -> None:
        """End processes as a power cut would."""
        for name in names or tuple(self.running):
            process = self.running.pop(name, None)
            if process is not None:
                process.send_signal(signal.SIGKILL)
                process.wait()

    def stop(self) -> dict[str, int]:
        """End the processes as an operator would; return their exit codes."""
        for process in self.running.values():
            process.terminate()
        codes = {name: process.wait(20) for name, process in self.running.items()}
        self.running.clear()
        return codes

    def wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < deadline:
            try:
                if requests.get(f"{self.origin}/healthz", timeout=2).ok:
                    return
            except requests.RequestException:
                time.sleep(0.05)
        raise AssertionError((self.folder / "serve.log").read_text()[-2000:])
