# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Whatever became of what was sent, a city that reads has everything; and it can tell that it has."""

import json
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from sqlalchemy import delete, select, update

from cop.base.audience import Audience
from cop.base.clock import now
from cop.base.db import db
from cop.communities import services as communities
from cop.communities.models import Community
from cop.knowledge.models import Article
from cop.knowledge.services import withdraw_article
from cop.meetings import services as meetings
from cop.meetings.models import Meeting, Topic
from cop.sharing import jobs, own_log
from cop.sharing.hub import hub
from cop.sharing.models import (
    DeliveryRecord,
    LogCounter,
    LogEntry,
    PeerReading,
    PeerReceipt,
    PeerRecord,
    ReceivedActivity,
    SecurityEventRecord,
    ShownObject,
    Tombstone,
)
from tests.builders import a_community, a_meeting, an_article
from tests.live.story import Story, record_of_bram, the_meeting, topic_called, topics_of
from tests.live_instance import LiveInstance, settle

TOPICS = [f"Thema Nummer {number}" for number in range(5)]


@pytest.fixture
def story(kassel, aalborg) -> Story:
    return Story(kassel, aalborg).peer().join()


def propose(story: Story, *titles: str) -> None:
    for title in titles:
        with story.kassel.at_work():
            meetings.propose_topic(the_meeting(), story.coordinator(), title=title)


def read_again(city: LiveInstance, *others: LiveInstance) -> None:
    """An hour later, the cities read each other."""
    with time_machine.travel(now() + timedelta(hours=1, minutes=1)):
        settle(city, *others)


def ask(city: LiveInstance, other: LiveInstance, path: str) -> tuple[int, dict[str, object]]:
    """Ask a city for a page, as its peer."""
    with city.app.app_context():
        answer = hub().caller.get(other.origin, path)
    return answer.status, json.loads(answer.body)


def text_of(page: object) -> str:
    return json.dumps(page, ensure_ascii=False)


def titles_of(city: LiveInstance, model: type) -> list[str]:
    with city.app.app_context():
        column = model.name if model is Community else model.title
        return sorted(db.session.scalars(select(column)))


def reading_of(city: LiveInstance) -> PeerReading:
    with city.app.app_context():
        return db.session.scalars(select(PeerReading)).one()


def test_a_new_peer_reads_all_it_may_see_and_is_sent_nothing_of_it(kassel, aalborg) -> None:
    with kassel.at_work():
        for number in range(60):
            community = a_community(f"CoP {number}")
            a_meeting(community, title=f"Treffen {number}")
            an_article(f"Wissen {number}", community=community)
        an_article("Nur für uns", audience=Audience.CITY)
        withdrawn = an_article("Zurückgezogen")
        uri = withdrawn.uri
        withdraw_article(withdrawn)

    kassel.peer_with(aalborg)

    assert titles_of(aalborg, Community) == sorted(f"CoP {number}" for number in range(60))
    assert titles_of(aalborg, Meeting) == sorted(f"Treffen {number}" for number in range(60))
    assert titles_of(aalborg, Article) == sorted(f"Wissen {number}" for number in range(60))
    with kassel.app.app_context():
        said = db.session.scalars(select(LogEntry.type).join(DeliveryRecord, DeliveryRecord.entry_id == LogEntry.id))
        assert sorted(said) == ["Accept", "Update"]
        assert len(db.session.scalars(select(ShownObject)).all()) == 180
    with aalborg.app.app_context():
        assert db.session.scalars(select(Tombstone.uri)).all() == [uri]


def test_what_was_acknowledged_and_lost_is_found_by_reading(story: Story) -> None:
    propose(story, *TOPICS)
    story.kassel.deliver()
    with story.aalborg.at_work():
        db.session.execute(delete(ReceivedActivity).where(ReceivedActivity.due_at.is_not(None)))
    story.settle()
    lost = topics_of(story.aalborg)

    read_again(story.kassel, story.aalborg)

    assert lost == []
    assert topics_of(story.aalborg) == [(title, 0) for title in TOPICS]


def test_what_was_read_is_not_sent_any_more_and_nothing_is_done_twice(story: Story) -> None:
    with story.kassel.at_work():
        db.session.execute(update(PeerRecord).values(next_try_at=now() + timedelta(days=90)))
    propose(story, *TOPICS)

    read_again(story.aalborg, story.kassel)
    with time_machine.travel(now() + timedelta(hours=3)):
        read_again(story.aalborg, story.kassel)
    with story.kassel.at_work():
        db.session.execute(update(PeerRecord).values(next_try_at=None))
    story.settle()

    assert topics_of(story.aalborg) == [(title, 0) for title in TOPICS]
    assert story.kassel.letters_to(story.aalborg).keys() == {"done"}
    with story.kassel.app.app_context():
        receipt, counter = db.session.scalars(select(PeerReceipt)).one(), db.session.scalars(select(LogCounter)).one()
        assert (receipt.seq, receipt.epoch_id) == (counter.last, counter.epoch_id)
        attempts = select(DeliveryRecord.attempts).order_by(DeliveryRecord.seq.desc()).limit(len(TOPICS))
        assert set(db.session.scalars(attempts)) == {0}


@pytest.mark.parametrize("away", [timedelta(hours=1), timedelta(days=3), timedelta(days=30)])
def test_a_city_that_was_away_reads_what_it_missed_in_order(story: Story, away: timedelta) -> None:
    story.aalborg.stop()
    propose(story, *TOPICS)
    with story.kassel.at_work():
        meetings.edit_topic(topic_called(TOPICS[0]), story.coordinator(), title="Thema Nummer 0 und mehr")
        meetings.withdraw_topic(topic_called(TOPICS[1]), story.coordinator())
    story.kassel.deliver()
    story.aalborg.resume()

    with time_machine.travel(now() + away + timedelta(hours=1)):
        story.aalborg.read()
        story.aalborg.process()
        story.settle()

    assert topics_of(story.aalborg) == [("Thema Nummer 0 und mehr", 0), *[(title, 0) for title in TOPICS[2:]]]
    reading = reading_of(story.aalborg)
    assert (reading.seq, reading.last_error) == (reading.head, None)
    assert story.kassel.letters_to(story.aalborg).keys() == {"done"}


def test_a_city_that_comes_back_is_read_at_once(story: Story) -> None:
    story.kassel.stop()
    story.propose("Mental load among leaders")
    story.aalborg.deliver()
    story.kassel.resume()
    with story.kassel.at_work():
        meetings.propose_topic(the_meeting(), story.coordinator(), title="Was lernen Azubis heute?")
        db.session.execute(update(PeerRecord).values(next_try_at=now() + timedelta(days=1)))

    with time_machine.travel(now() + timedelta(minutes=2)):
        story.settle()

    assert "Was lernen Azubis heute?" in [title for title, _ in topics_of(story.aalborg)]


def test_what_refers_to_something_unknown_lets_the_city_be_read_at_once(story: Story) -> None:
    with time_machine.travel(now() + timedelta(minutes=2)):
        with story.kassel.at_work():
            meeting = a_meeting(db.session.scalars(select(Community)).one(), title="Nachtreffen")
            meetings.propose_topic(meeting, story.coordinator(), title="Was lernen Azubis heute?")
        story.kassel.deliver()
        before = reading_of(story.aalborg).due_at
        story.aalborg.process()

        assert before > now()
        assert reading_of(story.aalborg).due_at <= now()


def test_all_cities_are_read_when_the_worker_starts(story: Story) -> None:
    with story.aalborg.at_work():
        db.session.execute(update(PeerReading).values(asked_at=now() - timedelta(minutes=2)))
    with story.aalborg.app.app_context():
        jobs.begin(story.aalborg.settings.database)

    assert reading_of(story.aalborg).due_at <= now()


def test_others_learn_only_that_something_was_said(story: Story, heidelberg) -> None:
    propose(story, "Nur für Mitglieder")
    story.kassel.peer_with(heidelberg)

    status, page = ask(heidelberg, story.kassel, "/changes?since=0&limit=500")
    of_member = ask(story.aalborg, story.kassel, "/changes?since=0&limit=500")[1]

    assert status == 200
    assert "Nur für Mitglieder" not in text_of(page)
    assert "Nur für Mitglieder" in text_of(of_member)
    assert [item["seq"] for item in page["items"]] == list(range(1, page["headSeq"] + 1))
    assert "Nur für Mitglieder" not in text_of(ask(heidelberg, story.kassel, "/snapshot")[1])


def test_who_is_trusted_less_reads_less_at_once(story: Story) -> None:
    propose(story, "Nur für Mitglieder")
    story.settle()
    with story.kassel.at_work():
        db.session.execute(update(PeerRecord).values(level_out=2))

    changes = text_of(ask(story.aalborg, story.kassel, "/changes?since=0&limit=500"))
    snapshot = text_of(ask(story.aalborg, story.kassel, "/snapshot"))

    assert "Nur für Mitglieder" not in changes + snapshot
    assert "CoP Personalentwicklung" in snapshot


def test_what_was_taken_back_before_it_was_sent_is_not_read(story: Story) -> None:
    propose(story, "Nur für Mitglieder")
    story.settle()
    with story.kassel.at_work():
        meetings.edit_topic(topic_called("Nur für Mitglieder"), story.coordinator(), title="Nur für uns")
    with story.aalborg.at_work():
        communities.wish_to_leave(record_of_bram(story))
    story.aalborg.deliver()
    story.kassel.process()
    story.kassel.deliver()
    story.aalborg.process()

    changes = text_of(ask(story.aalborg, story.kassel, "/changes?since=0&limit=500"))
    read_again(story.aalborg, story.kassel)

    assert "Nur für uns" not in changes
    assert topics_of(story.aalborg) == []
    assert reading_of(story.aalborg).last_error is None


def test_a_city_that_is_no_peer_reads_nothing(story: Story, heidelberg) -> None:
    with story.kassel.at_work():
        db.session.execute(update(PeerRecord).values(state="ended"))

    for path in ("/changes", "/snapshot"):
        assert ask(story.aalborg, story.kassel, path)[0] == 403
        assert story.kassel.app.test_client().get(path).status_code == 401


def test_what_was_erased_stays_as_its_commitment(story: Story) -> None:
    propose(story, "Soll weg")
    story.settle()
    with story.kassel.at_work():
        erased = own_log.erase_entries(topic_called("Soll weg").uri)
    with story.aalborg.at_work():
        db.session.execute(delete(ReceivedActivity).where(ReceivedActivity.sender == story.kassel.origin))

    read_again(story.aalborg, story.kassel)

    assert erased == 1
    assert "Soll weg" not in text_of(ask(story.aalborg, story.kassel, "/changes?since=0&limit=500"))
    assert reading_of(story.aalborg).last_error is None


def test_a_city_whose_log_is_another_one_is_read_anew_and_the_copies_stay(story: Story) -> None:
    propose(story, *TOPICS)
    story.settle()
    read_again(story.aalborg, story.kassel)
    with story.kassel.at_work():
        db.session.execute(
            update(LogEntry).where(LogEntry.type == "Create").values(commitment=bytes(32), activity=None)
        )
        propose_seq = db.session.scalars(select(LogCounter.last)).one()
        db.session.execute(update(LogEntry).where(LogEntry.seq == propose_seq).values(hash=bytes(32)))

    with time_machine.travel(now() + timedelta(hours=3)):
        story.aalborg.read()
        story.aalborg.process()

    assert topics_of(story.aalborg) == [(title, 0) for title in TOPICS]
    reading = reading_of(story.aalborg)
    assert reading.seq == reading.head


def test_the_snapshot_is_refused_page_by_page_to_whom_it_is_not_for(story: Story) -> None:
    for page in (
        "x",
        "a.b.c.d",
        "00000000000000000000000000000000.0.0.",
        f"{'0' * 32}.0.9.",
        f"{'0' * 32}.{'9' * 50}.0.",
    ):
        assert ask(story.aalborg, story.kassel, f"/snapshot?page={page}")[0] == 410


def test_the_endpoints_are_where_the_protocol_says(story: Story) -> None:
    page = ask(story.aalborg, story.kassel, "/changes?since=1&epoch=x&hash=" + "00" * 32)

    assert page[0] == 410
    assert urlsplit(str(page[1]["snapshot"])).path == "/snapshot"


def test_refusals_while_reading_are_written_down(story: Story) -> None:
    propose(story, "Thema")
    with story.aalborg.at_work():
        db.session.execute(update(PeerRecord).values(level_in=2))
        db.session.execute(update(PeerReading).values(due_at=now()))

    story.aalborg.read()

    with story.aalborg.app.app_context():
        codes = set(db.session.scalars(select(SecurityEventRecord.code)))
        assert db.session.scalars(select(Topic)).all() == []
    assert codes == {"level"}
