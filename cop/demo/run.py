# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Starts the demo: two cities, their workers and the development login, and ends them all."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click
from flask import Flask

from cop.app import create_app
from cop.base.db import db
from cop.base.http import CallFailed, session
from cop.demo.cities import DemoCity, check_ports, prepare
from cop.demo.login import logins
from cop.demo.people import PERSONAS
from cop.demo.seed import is_seeded, seed_all
from cop.schema import upgrade
from cop.sharing import jobs

READY_WITHIN_S = 60
END_WITHIN_S = 10
LINK = "  {:<9} {}"


def run_demo(folder: Path, *, port: int, reset: bool) -> None:
    """Prepare, start, seed on the first run, print the links, and wait for Ctrl-C."""
    if reset and folder.exists():
        shutil.rmtree(folder)
    cities = prepare(folder, port)
    check_ports(cities)
    _until_told_to_stop()
    started = time.monotonic()
    say("Preparing the tables …")
    apps = [_with_tables(city) for city in cities]
    with logins(cities), _processes() as processes:
        say("Starting two cities and the development login …")
        serving = [_serve(city) for city in cities]
        processes.extend(serving)
        for city, process in zip(cities, serving, strict=True):
            _wait_for(city, process)
        if not is_seeded(apps[0]):
            say("Pairing the cities and telling their story …")
            seed_all(apps)
        for app in apps:
            _close(app)
        processes += [_start("worker", city=city) for city in cities]
        _print_links(cities, time.monotonic() - started)
        _wait()


def say(sentence: str) -> None:
    """Print at once, also into a pipe."""
    click.echo(sentence)
    sys.stdout.flush()


def _with_tables(city: DemoCity) -> Flask:
    app = create_app(city.settings)
    with app.app_context(), db.engine.connect() as connection:
        upgrade(connection)
    return app


def _close(app: Flask) -> None:
    with app.app_context():
        jobs.close()
        db.session.remove()
        db.engine.dispose()


def _serve(city: DemoCity) -> "subprocess.Popen[bytes]":
    return _start("serve", "--port", str(city.port), city=city)


def _start(*words: str, city: DemoCity) -> "subprocess.Popen[bytes]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COP_")}
    environment["COP_CONFIG"] = str(city.config)
    log = (city.folder / f"{words[0]}.log").open("ab")
    return subprocess.Popen(
        [sys.executable, "-m", "cop", *words],
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


@contextmanager
def _processes() -> Iterator["list[subprocess.Popen[bytes]]"]:
    """Hold the processes we started, and end each of them on the way out."""
    processes: list[subprocess.Popen[bytes]] = []
    try:
        yield processes
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(END_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
        say("Everything that was started has ended.")


def _wait_for(city: DemoCity, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while not _answers(city):
        if process.poll() is not None or time.monotonic() > deadline:
            raise click.ClickException(f"{city.settings.city_name} does not start; see {city.folder / 'serve.log'}")
        time.sleep(0.05)


def _answers(city: DemoCity) -> bool:
    try:
        with session() as calls:
            return calls.get(f"{city.settings.origin}/healthz", timeout=2).ok
    except (OSError, CallFailed):
        return False


def _print_links(cities: list[DemoCity], seconds: float) -> None:
    say(f"\nReihum is ready after {seconds:.1f} s. Open:")
    for city in cities:
        say(LINK.format(city.settings.city_short, city.settings.origin))
    say("\nSign in as (a button each, no password):")
    for city in cities:
        for persona in PERSONAS[city.key]:
            say(LINK.format(city.settings.city_short, f"{persona.name} – {persona.about}"))
    say("\nMail lands in:")
    for city in cities:
        say(LINK.format(city.settings.city_short, city.mail))
    say("\nCtrl-C ends the demo; its data stays for the next time (cop demo --reset starts over).")


def _until_told_to_stop() -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    # a shell that starts us in the background has SIGINT ignored
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


def _wait() -> None:
    """Wait for Ctrl-C.

    A city that is killed on purpose is left alone: what waits for it arrives when it is started again, and the login,
    which is here, goes on.
    """
    try:
        while True:
            signal.pause()
    except KeyboardInterrupt:
        say("\nEnding …")
