# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""An old backup comes back: no number is given twice, and the cities come together again."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import delete, func, select, update

from cop.accounts.models import Account, Person
from cop.accounts.services import open_session
from cop.accounts.session import cookie_name, keyed_hash
from cop.backup import back_up, restore
from cop.base.clock import now
from cop.base.db import Model, db, is_sqlite
from cop.meetings import services as meetings
from cop.meetings.models import Topic
from cop.sharing import epochs, jobs, own_log
from cop.sharing.models import LogCounter, LogEntry, LogEpoch, PeerReading
from tests.builders import an_account
from tests.live.story import Story, the_meeting, topic_called
from tests.live_instance import LiveInstance


@pytest.fixture
def story(kassel, aalborg) -> Story:
    return Story(kassel, aalborg).peer().join()


def propose(story: Story, title: str) -> None:
    with story.kassel.at_work():
        meetings.propose_topic(the_meeting(), story.coordinator(), title=title)
    story.settle()


def go_back(city: LiveInstance, copy: Path, *, then: Callable[[], object] = lambda: None) -> None:
    """Stop a city, put a copy of its database back, and start it again."""
    city.stop()
    city._end_app()
    restore(city.settings.database, copy)
    city._build()
    with city.app.app_context():
        then()
    city.resume()


def later(story: Story, *, days: int = 1) -> None:
    """Some days from now, all have read each other, twice."""
    for hours in (0, 2):
        with time_machine.travel(now() + timedelta(days=days, hours=hours)):
            story.settle()


def topics_of(city: LiveInstance, origin: str) -> dict[str, tuple[str, int]]:
    with city.app.app_context():
        found = db.session.scalars(select(Topic).where(Topic.origin == origin))
        return {topic.uri: (topic.title, topic.rev) for topic in found}


def log_of(city: LiveInstance) -> list[tuple[str, int]]:
    with city.app.app_context():
        assert own_log.prove().whole
        return [(str(row.epoch_id), row.seq) for row in db.session.scalars(select(LogEntry).order_by(LogEntry.seq))]


def rows_of(city: LiveInstance) -> dict[str, list[str]]:
    """All that is in a database."""
    with city.app.app_context(), db.engine.connect() as connection:
        tables = sorted(Model.metadata.tables.items())
        return {name: sorted(map(str, connection.execute(select(table)))) for name, table in tables}


def test_after_an_old_backup_the_cities_come_together_again(story: Story, tmp_path: Path) -> None:
    propose(story, "Bleibt")
    propose(story, "Wird geändert")
    copy = back_up(story.kassel.settings.database, tmp_path)
    with story.kassel.at_work():
        meetings.edit_topic(topic_called("Wird geändert"), story.coordinator(), title="Wurde geändert")
    propose(story, "Geht verloren")
    story.propose("Kommt wieder")
    later(story)
    before, shown_before = log_of(story.kassel), topics_of(story.aalborg, story.kassel.origin)

    go_back(story.kassel, copy, then=lambda: epochs.put_back(story.kassel.settings.database))
    propose(story, "Danach")
    later(story, days=2)

    here, there = (topics_of(city, story.kassel.origin) for city in (story.kassel, story.aalborg))
    assert sorted(title for title, _ in here.values()) == ["Bleibt", "Danach", "Kommt wieder", "Wird geändert"]
    assert {uri: there[uri] for uri in here} == here
    assert shown_before.keys() - there.keys() == set()
    after = log_of(story.kassel)
    kept = [place for place in after if place in before]
    assert kept == before[: len(kept)]
    assert {epoch for epoch, _ in after[len(kept) :]} & {epoch for epoch, _ in before} == set()
    assert after[len(kept)][1] > before[-1][1] > kept[-1][1]


def test_a_city_that_comes_back_on_an_empty_machine_is_what_it_was(story: Story, tmp_path: Path) -> None:
    token = "t" * 43
    with story.kassel.at_work():
        account: Account = an_account(db.session.get_one(Person, story.nadja))
        open_session(account.id, token_hash=keyed_hash(token), device="Test", id_token="")
    propose(story, "Bleibt")
    copy = back_up(story.kassel.settings.database, tmp_path)
    before = rows_of(story.kassel)
    if is_sqlite(story.kassel.settings.database):
        Path(story.kassel.settings.database.removeprefix("sqlite:///")).unlink()

    kept = {}
    go_back(story.kassel, copy, then=lambda: kept.update(rows_of(story.kassel)))

    assert kept == before
    client = story.kassel.app.test_client()
    with story.kassel.app.app_context():
        client.set_cookie(cookie_name("session"), token, domain="127.0.0.1")
    assert client.get("/").status_code == 200
    propose(story, "Danach")
    assert "Danach" in [title for title, _ in topics_of(story.aalborg, story.kassel.origin).values()]


def test_a_peer_that_knows_more_lets_the_log_begin_anew(story: Story, tmp_path: Path) -> None:
    propose(story, "Bleibt")
    copy = back_up(story.kassel.settings.database, tmp_path)
    propose(story, "Geht verloren")
    later(story)
    lost = log_of(story.kassel)

    go_back(story.kassel, copy)
    later(story, days=2)

    with story.kassel.app.app_context():
        assert db.session.scalars(select(LogEpoch.reason).order_by(LogEpoch.opened_at)).all() == ["begun", "behind"]
        assert epochs.last_doubt() is not None
    propose(story, "Danach")
    assert log_of(story.kassel)[-1][1] > lost[-1][1]
    assert {title for title, _ in topics_of(story.aalborg, story.kassel.origin).values()} == {
        "Bleibt",
        "Geht verloren",
        "Danach",
    }


def test_a_peer_that_says_it_knows_more_is_believed_once_a_day(story: Story) -> None:
    propose(story, "Bleibt")
    later(story)
    for hours, seq in enumerate((10**15, 5)):
        with story.aalborg.at_work():
            db.session.execute(update(PeerReading).values(seq=seq, hash=bytes(32), due_at=now()))
        with time_machine.travel(now() + timedelta(days=2, hours=hours)):
            story.settle()

    with story.kassel.app.app_context():
        assert db.session.scalar(select(func.count(LogEpoch.id))) == 2
        assert db.session.scalars(select(LogCounter.last)).one() < 2_000_000
        assert own_log.prove().whole


def test_a_database_older_than_the_file_beside_it_begins_anew(story: Story, tmp_path: Path) -> None:
    database = story.kassel.settings.database
    copy = back_up(database, tmp_path)
    propose(story, "Geht verloren")
    with story.kassel.app.app_context():
        jobs.begin(database)
        same = db.session.scalar(select(func.count(LogEpoch.id)))

    go_back(story.kassel, copy, then=lambda: jobs.begin(database))

    with story.kassel.app.app_context():
        reasons = db.session.scalars(select(LogEpoch.reason).order_by(LogEpoch.opened_at)).all()
    assert same == 1
    assert reasons == (["begun", "older"] if is_sqlite(database) else ["begun"])


def test_a_file_beside_the_database_that_cannot_be_read_is_written_anew(story: Story) -> None:
    database = story.kassel.settings.database
    if not is_sqlite(database):
        return  # there is none
    mark = Path(f"{database.removeprefix('sqlite:///')}.mark")
    mark.write_text("{}")

    with story.kassel.app.app_context():
        jobs.begin(database)

        assert db.session.scalar(select(func.count(LogEpoch.id))) == 1
        assert str(db.session.scalars(select(LogCounter.epoch_id)).one()) in mark.read_text()


def test_before_anything_was_said_there_is_nothing_to_write_down(kassel) -> None:
    with kassel.at_work():
        db.session.execute(delete(LogCounter))
    with kassel.app.app_context():
        jobs.begin(kassel.settings.database)

        assert db.session.scalar(select(func.count(LogCounter.id))) == 0
