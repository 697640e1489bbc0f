# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Power cuts under load: nothing acknowledged is lost, nothing is doubled, no row lacks its log entry."""

import os
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
import requests
from flask import Flask
from sqlalchemy import select

from cop.accounts.models import Account
from cop.accounts.services import open_session
from cop.accounts.session import cookie_name, keyed_hash
from cop.app import create_app
from cop.base.db import db, transaction
from cop.base.pending import PendingRequest
from cop.demo.seed import seed_all
from cop.meetings.models import Meeting, Topic
from cop.settings import load_settings
from cop.sharing import jobs
from cop.sharing.models import LogEntry, SentRequest
from cop.sharing.own_log import prove
from tests.databases import fresh_database
from tests.live.backlog import settle
from tests.live.processes import CityProcesses, free_port

#: `make torture` asks for 50
KILLS = int(os.environ.get("COP_KILLS", "5"))
PAUSE_S = 0.1
MEETING = "Treffen 14 der CoP Personalentwicklung"
WRITERS = {"kassel": "miriam", "aalborg": "lars"}
NAMES = {"kassel": ("Stadt Kassel", "Kassel", "KS", "de"), "aalborg": ("Aalborg Kommune", "Aalborg", "AA", "da")}


@dataclass
class City:
    """A city under torture: its processes, and its app here to look into its database."""

    key: str
    app: Flask
    processes: CityProcesses
    acknowledged: list[str] = field(default_factory=list)

    @contextmanager
    def inside(self) -> Iterator[None]:
        with self.app.app_context():
            yield
            db.session.remove()

    def end(self) -> None:
        self.processes.kill()
        with self.app.app_context():
            jobs.close()
            db.engine.dispose()

    @property
    def dialect(self) -> str:
        with self.inside():
            return db.engine.dialect.name

    def titles(self) -> Counter[str]:
        with self.inside():
            return Counter(db.session.scalars(select(Topic.title).where(Topic.title.like("Frage %"))))


@dataclass(frozen=True)
class Proof:
    """What a run has shown."""

    kills: int
    acknowledged: int
    lost: list[tuple[str, str]] = field(default_factory=list)
    doubled: list[tuple[str, str]] = field(default_factory=list)
    only_in_one_city: list[str] = field(default_factory=list)
    without_log_entry: list[str] = field(default_factory=list)
    broken_logs: list[str] = field(default_factory=list)

    def told(self) -> str:
        return (
            f"{self.kills} kills, {self.acknowledged} acknowledged writes, {len(self.lost)} lost,"
            f" {len(self.doubled)} doubled, {len(self.only_in_one_city)} in one city only,"
            f" {len(self.without_log_entry)} rows without log entry, {len(self.broken_logs)} broken logs"
        )


@pytest.fixture
def cities(template: str, tmp_path: Path) -> Iterator[list[City]]:
    made = [a_city(key, fresh_database(template, tmp_path / key / "reihum.sqlite"), tmp_path / key) for key in NAMES]
    try:
        for city in made:
            city.processes.start("serve")
        seed_all([city.app for city in made])
        for city in made:
            city.processes.start("worker")
        yield made
    finally:
        for city in made:
            city.end()


def a_city(key: str, database: str, folder: Path) -> City:
    folder.mkdir(exist_ok=True)
    name, short, letters, locale = NAMES[key]
    environment = {
        "COP_ORIGIN": f"http://127.0.0.1:{free_port()}",
        "COP_SECRET_KEY": f"{key} has a secret of more than 32 characters",
        "COP_CITY_NAME": name,
        "COP_CITY_SHORT": short,
        "COP_CITY_LETTERS": letters,
        "COP_LOCALE": locale,
        "COP_DATABASE": database,
        "COP_DEVELOPMENT": "true",
        "COP_MAIL_URL": f"file://{folder}/mail",
        "COP_ISSUERS": f'[{{"url": "http://127.0.0.1:1/{key}", "client_id": "reihum", "client_secret": "s"}}]',
    }
    return City(key, create_app(load_settings(environment=environment)), CityProcesses(environment, folder))


def test_nothing_acknowledged_is_lost_or_doubled_by_power_cuts(cities: list[City]) -> None:
    with writing(cities):
        for city, process in cuts(cities):
            assert city.processes.running[process].poll() is None
            city.processes.kill(process)
            city.processes.start(process)
            time.sleep(random.uniform(0.2, 1.5))

    settled_in = settle(cities)

    written = [title for city in cities for title in city.acknowledged]
    proof = Proof(
        kills=KILLS,
        acknowledged=len(written),
        lost=[(city.key, title) for city in cities for title in sorted(set(written) - set(city.titles()))],
        doubled=[(city.key, title) for city in cities for title, times in city.titles().items() if times > 1],
        only_in_one_city=sorted(set(cities[0].titles()) ^ set(cities[1].titles())),
        without_log_entry=[uri for city in cities for uri in unlogged(city)],
        broken_logs=[sentence for city in cities for sentence in broken_log(city)],
    )
    print(f"{cities[0].dialect}: {proof.told()}; settled {settled_in:.0f} s after the last kill")
    assert proof.acknowledged > KILLS
    assert proof == Proof(KILLS, proof.acknowledged)


def cuts(cities: list[City]) -> list[tuple[City, str]]:
    """Choose who is cut off, each process about as often, in an order that differs from run to run."""
    chosen = [(cities[number % 2], ("serve", "worker")[number // 2 % 2]) for number in range(KILLS)]
    random.shuffle(chosen)
    return chosen


@contextmanager
def writing(cities: list[City]) -> Iterator[None]:
    """Let a member of each city propose topics all the time."""
    stop = threading.Event()
    threads = [threading.Thread(target=propose_all_the_time, args=(city, *signed_in(city), stop)) for city in cities]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)


def propose_all_the_time(city: City, address: str, cookies: dict[str, str], token: str, stop: threading.Event) -> None:
    for number in count(1):
        if stop.wait(PAUSE_S):
            return
        title = f"Frage {city.key} {number}"
        form = {"csrf_token": token, "title": title, "pitch": ""}
        try:
            answer = requests.post(f"{address}/topics", form, cookies=cookies, timeout=5, allow_redirects=False)
        except requests.RequestException:
            continue
        if answer.status_code in {302, 303}:
            city.acknowledged.append(title)


def signed_in(city: City) -> tuple[str, dict[str, str], str]:
    """Return the address of the meeting in this city, the cookies of a member's session and the token for forms."""
    secret = "t" * 43
    with city.inside():
        account_id = db.session.scalars(select(Account.id).where(Account.subject == WRITERS[city.key])).one()
        with transaction():
            open_session(account_id, token_hash=keyed_hash(secret), device="Test", id_token="")
        meeting_id = db.session.scalars(select(Meeting.id).where(Meeting.title == MEETING)).one()
        cookies = {cookie_name("session"): secret}
    address = f"{city.processes.origin}/meetings/{meeting_id}"
    page = requests.get(address, cookies=cookies, timeout=30).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None, page[:500]
    return address, cookies, token[1]


def unlogged(city: City) -> list[str]:
    """Return the topics that have their home here, and the wishes for those that don't, of which the log knows nothing."""
    with city.inside():
        topics = select(Topic.uri).where(
            Topic.title.like("Frage %"),
            Topic.origin == city.processes.origin,
            Topic.uri.not_in(select(LogEntry.object_uri)),
        )
        said = select(SentRequest.request_id).join(LogEntry, LogEntry.activity_id == SentRequest.activity_id)
        wishes = select(PendingRequest.id).where(PendingRequest.id.not_in(said))
        return [*db.session.scalars(topics), *map(str, db.session.scalars(wishes))]


def broken_log(city: City) -> list[str]:
    with city.inside():
        proof = prove()
        return [] if proof.whole else [proof.sentence]
