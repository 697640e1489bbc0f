# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Faults of the surroundings that need no other machine than this one."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import select

from cop.backup import back_up, damage
from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.lease import take_lease
from cop.knowledge.copies import apply_copy
from cop.knowledge.models import Article
from cop.settings import SettingsError, load_settings
from tests.builders import AALBORG, an_article
from tests.conftest import an_app, settings_for
from tests.hostile.catalogue import cases
from tests.hostile.faults import (
    ENVIRONMENT,
    Writing,
    a_command,
    files_of_at_most,
    flip_a_page,
    killed_when,
    sqlite_at,
    told,
    verdict,
)

WRONG = {
    "COP_ORIGIN": [
        "",
        "city-a.example",
        "http://city-a.example",
        "https://user@city-a.example",
        "https://city-a.example/x",
    ],
    "COP_SECRET_KEY": ["", "short"],
    "COP_ISSUERS": ["[]", "not json", '[{"no": "issuer"}]'],
    "COP_LOCALE": ["xx"],
    "COP_ZONE": ["Europe/Nowhere"],
    "COP_CITY_HUE": ["blue"],
    "COP_DEVELOPMENT": ["perhaps", "true"],
    "COP_SIGN_INS_PER_MINUTE": ["many"],
}


def _settings_are_named(case, folder):
    """Each wrong setting is named at the start, and missing ones all at once."""
    assert load_settings(environment=ENVIRONMENT).city_short == "Kassel"
    for name, values in WRONG.items():
        for value in values:
            with pytest.raises(SettingsError, match=name.removeprefix("COP_").lower()):
                load_settings(environment=ENVIRONMENT | {name: value})
    with pytest.raises(SettingsError) as refusal:
        load_settings(environment={})
    assert [name for name in ENVIRONMENT if name not in str(refusal.value)] == []


def _a_killed_backup_counts_for_nothing(case, folder):
    """A copy that was cut short is not listed, the former one stays; a restore cut short leaves one of both."""
    path = folder / "reihum.sqlite"
    database = sqlite_at(path, ballast=40_000_000)
    backups = folder / "backups"
    kept = back_up(database, backups)
    killed_when(lambda: set(backups.iterdir()) - {kept}, a_command(database, "backup", str(backups)))
    assert kept in backups.glob("reihum-*")
    assert {verdict(copy) for copy in backups.glob("reihum-*")} == {"ok"}

    there = set(folder.iterdir())
    restoring = a_command(database, "restore", "--yes", str(kept))
    killed_when(lambda: {one.suffix for one in folder.iterdir()} - {one.suffix for one in there}, restoring)
    assert verdict(path) == "ok"


def _a_locked_database_is_waited_for(case, folder):
    """Who would write waits, and is told to come back; nothing is lost."""
    city = Writing(folder)
    with closing(sqlite3.connect(city.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused = [city.ask() for _ in range(3)]
        other.execute("ROLLBACK")
    done = city.ask()
    assert [(answer.status_code, answer.headers["retry-after"]) for answer in refused] == [(503, "60")] * 3
    assert "Reihum is just being looked after" in refused[0].text
    assert (done.status_code, city.kept()) == (200, 1)
    city.close()


def _a_database_that_is_gone_is_not_begun_anew(case, folder):
    """Read only, removed or replaced by nothing: no write is acknowledged, health says so, no new file appears."""
    city = Writing(folder)
    assert city.ask().status_code == 200
    city.pragmas["query_only"] = "ON"
    assert city.ask().status_code == 503
    city.pragmas["query_only"] = "OFF"

    away = folder / "away.sqlite"
    back_up(city.app.extensions["cop.settings"].database, folder / "backups").replace(away)
    for file in folder.glob("reihum.sqlite*"):
        file.unlink()
    assert [city.ask(path).status_code for path in ("/written", "/healthz")] == [503, 503]
    assert not city.path.exists()

    sqlite3.connect(city.path).close()
    assert [city.ask(path).status_code for path in ("/written", "/healthz")] == [503, 503]

    city.path.unlink(missing_ok=True)
    away.replace(city.path)
    assert [city.ask(path).status_code for path in ("/written", "/healthz")] == [200, 200]
    assert city.kept() == city.acknowledged == 2
    city.close()


def _a_full_disk_is_told(case, folder):
    """The write is refused in words, the database stays whole, and goes on when there is room again."""
    city = Writing(folder)
    with closing(sqlite3.connect(city.path)) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
    city.pragmas["max_page_count"] = pages + 20
    refused = city.until_refused()
    full = (city.acknowledged, city.kept(), verdict(city.path))
    city.pragmas["max_page_count"] = pages + 200

    assert refused.status_code == 503
    assert "can&#39;t be reached or written" in refused.text
    assert full == (city.acknowledged, city.acknowledged, "ok")
    assert city.ask().status_code == 200
    assert city.kept() == city.acknowledged
    city.close()


def _a_write_that_fails_is_not_acknowledged(case, folder):
    """The disk refuses in the middle of a commit: what was acknowledged is there, and nothing else."""
    city = Writing(folder)
    assert city.ask().status_code == 200
    with files_of_at_most(city.path.with_name("reihum.sqlite-wal").stat().st_size + 200_000):
        refused = city.until_refused()
    city.close()
    assert refused.status_code == 503
    assert verdict(city.path) == "ok"
    assert city.kept() == city.acknowledged
    assert city.ask().status_code == 200
    city.close()


def _a_damaged_database_is_noticed_at_the_start(case, folder):
    """Web and worker refuse to run on it and say what to do; a log that was torn off loses nothing that is whole."""
    torn, path = folder / "torn" / "reihum.sqlite", folder / "flipped" / "reihum.sqlite"
    for damaged in (torn, path):
        sqlite_at(damaged, ballast=200_000)
    flip_a_page(path, 2)
    torn.write_bytes(torn.read_bytes()[:100_000])
    missing = folder / "missing" / "reihum.sqlite"
    for file, process in ((torn, "serve"), (path, "worker"), (missing, "serve")):
        code, said = told(a_command(f"sqlite:///{file}", process))
        assert code == 1
        assert "put a copy back with `cop restore`" in said
    assert not missing.exists()

    city = Writing(folder / "log")
    for _ in range(5):
        city.ask()
    copy, log = folder / "copy.sqlite", city.path.with_name("reihum.sqlite-wal").read_bytes()
    copy.write_bytes(city.path.read_bytes())
    copy.with_name("copy.sqlite-wal").write_bytes(log[: len(log) - 30_000])
    city.close()
    assert damage(f"sqlite:///{copy}") is None


def _a_clock_that_is_set_back_stops_nothing(case, folder):
    """A lease ends though its end lies far ahead now, and the revision decides what is newer, never the time."""
    app = an_app(settings_for(sqlite_at(folder / "reihum.sqlite")))
    first, second = uuid4(), uuid4()
    with app.app_context():
        assert take_lease("worker", first)
        with transaction():
            article = an_article("Neu", origin=AALBORG)
        with time_machine.travel(now() - timedelta(hours=1)):
            assert take_lease("worker", second)
            assert not take_lease("worker", first)
            facts = {"uri": article.uri, "origin": AALBORG, "rev": 2, "title": "Neuer", "body": "…", "tags": ()}
            facts |= {name: getattr(article, name) for name in ("kind", "audience", "locale", "licence")}
            with transaction():
                apply_copy(**facts, community_uri=None, author=None, published_at=now(), updated_at=now())
        assert db.session.scalars(select(Article.title)).all() == ["Neuer"]
        db.session.remove()
        db.engine.dispose()


PLAYS = {
    "FAULT-005": _a_killed_backup_counts_for_nothing,
    "FAULT-009": _a_locked_database_is_waited_for,
    "FAULT-010": _a_database_that_is_gone_is_not_begun_anew,
    "FAULT-011": _a_full_disk_is_told,
    "FAULT-013": _a_write_that_fails_is_not_acknowledged,
    "FAULT-014": _a_damaged_database_is_noticed_at_the_start,
    "FAULT-027": _a_clock_that_is_set_back_stops_nothing,
    "FAULT-048": _settings_are_named,
}


@cases("fault")
def test_a_fault(case, tmp_path):
    PLAYS[case.id](case, tmp_path)
