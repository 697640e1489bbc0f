# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""`make demo` as a newcomer sees it: what it says, how it ends, and that it keeps its data."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from cop.demo.people import PERSONAS
from tests.browser.demo import answers, children, start_demo, three_free_ports

STEPS = [
    "Preparing the tables …",
    "Starting two cities and the development login …",
    "Pairing the cities and telling their story …",
]
ENDED = "Everything that was started has ended."


@pytest.fixture
def port() -> int:
    return three_free_ports()


def seconds(said: str) -> float:
    found = re.search(r"ready after ([\d.]+) s", said)
    assert found is not None
    return float(found[1])


def test_the_demo_says_what_it_does_ends_all_it_started_and_keeps_its_data(tmp_path: Path, port: int) -> None:
    # what is read while it runs was not held back in a buffer
    demo = start_demo(tmp_path / "demo", port=port)
    started = [pid for pid, _words, _config in children(demo.process.pid)]
    lines = demo.said.splitlines()

    assert demo.process.poll() is None
    assert lines[:3] == STEPS
    for city, origin in demo.origins.items():
        assert requests.get(origin, timeout=10).ok
        assert f"{city.title():<9} {demo.folder / city / 'mail'}" in demo.said
        for persona in PERSONAS[city]:
            assert f"{city.title():<9} {persona.name} – {persona.about}" in demo.said
    assert len(started) == 4

    assert demo.end() == 0
    assert demo.said.rstrip().endswith(ENDED)
    assert [pid for pid in started if Path(f"/proc/{pid}").exists()] == []
    assert not any(answers(origin) for origin in demo.origins.values())

    again = start_demo(tmp_path / "demo")
    again.end()

    assert again.said.splitlines()[:2] == STEPS[:2]
    assert STEPS[2] not in again.said
    assert again.origins == demo.origins
    assert seconds(again.said) < seconds(demo.said)


def test_a_port_in_use_is_told_in_one_line(tmp_path: Path, port: int) -> None:
    with socket.create_server(("127.0.0.1", port + 1)):
        words = ["demo", "--folder", str(tmp_path / "demo"), "--port", str(port)]
        ended = subprocess.run(
            [sys.executable, "-m", "cop", *words], capture_output=True, text=True, check=False, timeout=60
        )

    assert ended.returncode != 0
    assert ended.stdout == ""
    assert ended.stderr.strip() == (
        f"Error: Port {port + 1} is in use. End the other program, or use others: cop demo --reset --port 8200"
    )
