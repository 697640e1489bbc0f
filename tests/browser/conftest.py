# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A real Chromium, and the demo's two cities as real processes."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.live.processes import free_port

READY = "Ctrl-C ends the demo"
READY_WITHIN_S = 60
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass
class Demo:
    """A running demo."""

    process: "subprocess.Popen[str]"
    folder: Path
    origins: dict[str, str]
    said: str

    def pids(self, word: str, city: str) -> list[int]:
        """Return the processes of a city: `serve` or `worker`."""
        wanted = str(self.folder / city / "cop.toml")
        return [pid for pid, words, config in _children(self.process.pid) if word in words and config == wanted]

    def kill(self, word: str, city: str) -> None:
        for pid in self.pids(word, city):
            os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 5
        while self.pids(word, city) and time.monotonic() < deadline:
            time.sleep(0.02)

    def start(self, word: str, city: str) -> "subprocess.Popen[bytes]":
        words = [word, "--port", self.origins[city].rpartition(":")[2]] if word == "serve" else [word]
        environment = {**os.environ, "COP_CONFIG": str(self.folder / city / "cop.toml")}
        return subprocess.Popen([sys.executable, "-m", "cop", *words], env=environment, stdout=subprocess.DEVNULL)


def _children(parent: int) -> Iterator[tuple[int, list[str], str]]:
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


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The two cities as `make demo` starts them, on free ports, with fresh data."""
    folder = tmp_path_factory.mktemp("demo")
    words = ["demo", "--folder", str(folder), "--port", str(three_free_ports())]
    process = subprocess.Popen(
        [sys.executable, "-m", "cop", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    said = _until_ready(process)
    origins = {"kassel": _link(said, "Kassel"), "aalborg": _link(said, "Aalborg")}
    yield Demo(process, folder, origins, said)
    process.terminate()
    process.wait(30)
    shutil.rmtree(folder, ignore_errors=True)


def _until_ready(process: "subprocess.Popen[str]") -> str:
    said = ""
    assert process.stdout is not None
    for line in process.stdout:
        said += line
        if READY in line:
            return said
    raise AssertionError(f"the demo did not start:\n{said}")


def _link(said: str, city: str) -> str:
    found = re.search(rf"{city}\s+(http://\S+)", said)
    assert found is not None, said
    return found[1]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = next(
            found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))
        )
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def profile(chromium: Browser) -> Iterator[BrowserContext]:
    """One browser profile; both cities are opened in it, since cookies ignore ports."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="de-DE")
    context.set_default_timeout(10_000)
    yield context
    context.close()
