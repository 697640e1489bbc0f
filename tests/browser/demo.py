# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The demo's two cities as real processes, which can be killed and started again."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import requests

from tests.live.processes import free_port

READY = "Ctrl-C ends the demo"
READY_WITHIN_S = 180
ENDS_WITHIN_S = 30


@dataclass
class Demo:
    """A running demo."""

    process: "subprocess.Popen[str]"
    folder: Path
    origins: dict[str, str]
    said: str
    restarted: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def pids(self, word: str, city: str) -> list[int]:
        """Return the processes of a city: `serve` or `worker`."""
        wanted = str(self.folder / city / "cop.toml")
        ours = [*children(self.process.pid), *children(os.getpid())]
        return [pid for pid, words, config in ours if word in words and config == wanted]

    def kill(self, city: str, *words: str) -> None:
        """End processes of a city as a power cut would: web and worker, or the ones named."""
        for word in words or ("serve", "worker"):
            for pid in self.pids(word, city):
                os.kill(pid, signal.SIGKILL)
            _wait_until(lambda word=word: not self.pids(word, city))

    def start(self, city: str, *words: str) -> None:
        """Start what was killed, at the same address with the same data, and wait until the city answers."""
        environment = {**os.environ, "COP_CONFIG": str(self.folder / city / "cop.toml")}
        for word in words or ("serve", "worker"):
            port = ["--port", self.origins[city].rpartition(":")[2]] if word == "serve" else []
            with (self.folder / city / f"{word}.log").open("ab") as log:
                command = [sys.executable, "-m", "cop", word, *port]
                self.restarted.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
        _wait_until(lambda: answers(self.origins[city]))

    def end(self) -> int:
        """End the demo as Ctrl-C does, and what was started again; return the demo's exit code."""
        for process in (self.process, *self.restarted):
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
        for process in self.restarted:
            process.wait(ENDS_WITHIN_S)
        rest, _nothing = self.process.communicate(timeout=ENDS_WITHIN_S)
        self.said += rest
        return self.process.returncode


def start_demo(folder: Path, *, port: int | None = None) -> Demo:
    """Start the demo and wait until it says that it is ready."""
    words = ["demo", "--folder", str(folder), *(["--port", str(port)] if port else [])]
    process = subprocess.Popen(
        [sys.executable, "-m", "cop", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    said = _until_ready(process)
    return Demo(process, folder, {"kassel": _link(said, "Kassel"), "aalborg": _link(said, "Aalborg")}, said)


def _until_ready(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    guard = threading.Timer(READY_WITHIN_S, process.kill)
    guard.start()
    said = ""
    try:
        for line in process.stdout:
            said += line
            if READY in line:
                return said
    finally:
        guard.cancel()
    process.communicate()
    raise AssertionError(f"the demo did not start:\n{said}")


def _link(said: str, city: str) -> str:
    found = re.search(rf"{city}\s+(http://\S+)", said)
    assert found is not None, said
    return found[1]


def answers(origin: str) -> bool:
    try:
        return requests.get(f"{origin}/healthz", timeout=2).ok
    except requests.RequestException:
        return False


def children(parent: int) -> Iterator[tuple[int, list[str], str]]:
    """Give pid, command and settings file of each living child of a process."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
            if int(fields[1]) != parent or fields[0] == "Z":
                continue
            words = (status.parent / "cmdline").read_text().split("\0")
            environment = (status.parent / "environ").read_text().split("\0")
        except OSError:
            continue
        config = next((line.partition("=")[2] for line in environment if line.startswith("COP_CONFIG=")), "")
        yield int(status.parent.name), words, config


def three_free_ports() -> int:
    """Return the first of three neighbouring ports that are free now."""
    while True:
        first = free_port()
        try:
            for port in range(first, first + 3):
                socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return first


def _wait_until(there: Callable[[], bool], within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    while not there():
        assert time.monotonic() < deadline, f"not within {within_s} s"
        time.sleep(0.05)
