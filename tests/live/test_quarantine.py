# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What came from a city since a moment is nowhere while it is in quarantine, and back as it was after the undo."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from cop.accounts.models import Person
from cop.base.audience import Audience
from cop.base.clock import now
from cop.base.db import db, transaction
from cop.knowledge import services as knowledge
from cop.knowledge.models import Article, ArticleTag, Revision
from cop.meetings import services as meetings
from cop.meetings.models import Meeting, Topic
from cop.sharing.jobs import tidy
from cop.sharing.models import ProvedCopy, Tombstone, TrustEvent
from cop.sharing.quarantine import begin_quarantine, contents, drop_quarantine, release_quarantine
from cop.sharing.quarantine_work import work_off
from cop.sharing.readings import compare_soon, read_anew
from cop.sharing.services import end_peering
from tests.builders import an_article
from tests.live.story import Story, the_meeting, topic_called, topics_of
from tests.live_instance import LiveInstance, settle
from tests.reader import Reader

BEFORE, AFTER, NEW = "Desksharing", "Desksharing: alles gratis", "Bitte überweisen"


@pytest.fixture
def story(kassel, aalborg) -> Story:
    found = Story(kassel, aalborg).peer().join()
    with kassel.at_work():
        an_article(BEFORE, tags=["büro"], audience=Audience.PUBLIC)
    found.settle()
    return found


def forge(story: Story) -> datetime:
    """Let Kassel change what it said before, and say something new; return since when."""
    since = now()
    with story.kassel.at_work():
        article = db.session.scalars(select(Article)).one()
        knowledge.correct_article(article, title=AFTER, body="Nichts.", tags=["gratis"])
        an_article(NEW, audience=Audience.PUBLIC)
        meetings.change_meeting(the_meeting(), story.coordinator(), title="Fällt aus")
        meetings.propose_topic(the_meeting(), story.coordinator(), title="Neue Bank", pitch="", locale="de")
    story.settle()
    return since


def stands(city: LiveInstance) -> dict[str, object]:
    """What a city has of others: each kind by what people read of it."""
    with city.app.app_context():
        read: dict[str, Callable[[], object]] = {
            "articles": lambda: rows(select(Article.uri, Article.title, Article.body, Article.rev)),
            "revisions": lambda: rows(select(Revision.article_id, Revision.version, Revision.title)),
            "tags": lambda: rows(select(ArticleTag.tag)),
            "meetings": lambda: rows(select(Meeting.uri, Meeting.title, Meeting.rev)),
            "topics": lambda: rows(select(Topic.uri, Topic.title, Topic.rev)),
            "proved": lambda: rows(select(ProvedCopy.uri, ProvedCopy.rev)),
            "graves": lambda: rows(select(Tombstone.uri, Tombstone.final)),
        }
        return {name: ask() for name, ask in read.items()}


def rows(asked) -> list[tuple]:
    return sorted(tuple(row) for row in db.session.execute(asked))


def begin(city: LiveInstance, other: LiveInstance, since: datetime, *, holds: bool = True) -> None:
    with city.app.app_context():
        with transaction():
            begin_quarantine(other.origin, since=since, holds=holds, by=None)
        work_off(other.origin)


def release(city: LiveInstance, other: LiveInstance) -> None:
    with city.app.app_context():
        with transaction():
            release_quarantine(other.origin, by=None)
        work_off(other.origin)
    settle(city, other)


def shown(story: Story) -> str:
    """All that somebody in Aalborg finds."""
    with story.aalborg.app.app_context():
        reader = Reader(story.aalborg.app, db.session.get_one(Person, story.bram))
        meeting = db.session.scalars(select(Meeting.id)).first()
    paths = ["/", "/calendar", "/knowledge", "/search?q=Desksharing", "/search?q=Bank", f"/meetings/{meeting}"]
    return " ".join(reader.get(path).text for path in paths)


def test_what_came_since_is_nowhere_and_comes_back_exactly(story: Story) -> None:
    before = stands(story.aalborg)
    since = forge(story)
    after = stands(story.aalborg)
    assert all(word in shown(story) for word in (AFTER, NEW, "Fällt aus", "Neue Bank"))

    begin(story.aalborg, story.kassel, since)

    hidden = stands(story.aalborg)
    assert {name: hidden[name] for name in hidden if name != "proved"} == {
        name: before[name] for name in before if name != "proved"
    }
    assert not any(word in shown(story) for word in (AFTER, NEW, "Fällt aus", "Neue Bank"))
    release(story.aalborg, story.kassel)
    assert stands(story.aalborg) == after
    with story.aalborg.app.app_context():
        codes = db.session.scalars(select(TrustEvent.code).order_by(TrustEvent.number.desc()).limit(2)).all()
    assert codes == ["released", "quarantined"]


def test_what_people_here_added_to_it_comes_back_with_it(story: Story) -> None:
    since = forge(story)
    with story.aalborg.at_work():
        meetings.wish_support(topic_called("Neue Bank"), story.member(), on=True)
    story.settle()
    supported = topics_of(story.aalborg)

    begin(story.aalborg, story.kassel, since)
    assert topics_of(story.aalborg) == []
    release(story.aalborg, story.kassel)

    assert topics_of(story.aalborg) == supported == [("Neue Bank", 1)]


def test_what_comes_waits_in_its_order(story: Story) -> None:
    since = forge(story)
    begin(story.aalborg, story.kassel, since)
    quiet = stands(story.aalborg)
    with story.kassel.at_work():
        meetings.change_meeting(the_meeting(), story.coordinator(), title="Im Rathaus")
        knowledge.withdraw_article(db.session.scalars(select(Article).where(Article.title == NEW)).one())
    story.settle()

    assert stands(story.aalborg) == quiet
    with story.aalborg.app.app_context():
        waiting = contents(story.kassel.origin)
    assert waiting is not None
    assert (waiting.hidden, waiting.restored, waiting.waiting) == (2, 2, 2)
    release(story.aalborg, story.kassel)
    assert "Im Rathaus" in shown(story)
    assert NEW not in shown(story)


def test_what_comes_may_go_on_and_stays_after_the_undo(story: Story) -> None:
    since = forge(story)
    begin(story.aalborg, story.kassel, since, holds=False)
    with story.kassel.at_work():
        meetings.change_meeting(the_meeting(), story.coordinator(), title="Im Rathaus")
        article = db.session.scalars(select(Article).where(Article.title == NEW)).one()
        knowledge.correct_article(article, title="Richtig", body="Das ist richtig.")
    story.settle()

    page = shown(story)
    assert all(word in page for word in ("Im Rathaus", "Richtig", BEFORE))
    assert not any(word in page for word in (AFTER, NEW))
    release(story.aalborg, story.kassel)
    assert stands(story.aalborg)["articles"] == stands(story.kassel)["articles"]
    assert stands(story.aalborg)["topics"] == stands(story.kassel)["topics"]


def test_reading_the_city_anew_brings_nothing_of_it_back(story: Story) -> None:
    since = forge(story)
    begin(story.aalborg, story.kassel, since, holds=False)
    quiet = stands(story.aalborg)

    with story.aalborg.at_work():
        read_anew(story.kassel.origin)
    story.settle()

    assert stands(story.aalborg)["articles"] == quiet["articles"]


def test_what_it_deleted_since_is_there_again_and_gone_after_the_undo(story: Story) -> None:
    before = stands(story.aalborg)
    since = now()
    with story.kassel.at_work():
        knowledge.withdraw_article(db.session.scalars(select(Article)).one())
    story.settle()
    after = stands(story.aalborg)
    assert after["articles"] == []

    begin(story.aalborg, story.kassel, since)

    assert stands(story.aalborg)["articles"] == before["articles"]
    release(story.aalborg, story.kassel)
    assert stands(story.aalborg) == after


def test_what_its_people_proposed_here_is_hidden_everywhere(story: Story) -> None:
    since = now()
    story.propose("Mentoring")
    story.settle()
    assert [title for title, _ in topics_of(story.aalborg)] == ["Mentoring"]

    begin(story.kassel, story.aalborg, since)
    story.settle()

    assert topics_of(story.kassel) == topics_of(story.aalborg) == []
    with story.kassel.app.app_context():
        assert the_meeting().topic_count == 0
    release(story.kassel, story.aalborg)
    assert topics_of(story.kassel) == topics_of(story.aalborg) == [("Mentoring", 0)]


def test_none_of_it_is_passed_on(kassel, aalborg, heidelberg) -> None:
    kassel.peer_with(aalborg)
    kassel.peer_with(heidelberg)
    aalborg.peer_with(heidelberg, level=4)
    since = now()
    heidelberg.stop()
    uri = kassel.do(lambda: an_article(NEW, audience=Audience.PUBLIC).uri)
    settle(kassel, aalborg)
    begin(aalborg, kassel, since)
    kassel.stop()
    heidelberg.resume()
    aalborg.retry_now()
    heidelberg.do(lambda: compare_soon(aalborg.origin))  # it reads what it missed, too

    settle(aalborg, heidelberg)

    assert stands(aalborg)["articles"] == stands(heidelberg)["articles"] == []
    kassel.resume()
    release(aalborg, kassel)
    kassel.stop()
    settle(aalborg, heidelberg)
    assert [each[0] for each in stands(heidelberg)["articles"]] == [uri]


def test_what_others_pass_on_of_it_waits_until_it_is_read_anew(kassel, aalborg, heidelberg) -> None:
    kassel.peer_with(aalborg)
    kassel.peer_with(heidelberg)
    aalborg.peer_with(heidelberg, level=4)
    begin(heidelberg, kassel, now())
    kassel.do(lambda: an_article(NEW, audience=Audience.PUBLIC))

    settle(kassel, aalborg, heidelberg)

    assert stands(heidelberg)["articles"] == []
    release(heidelberg, kassel)
    assert stands(heidelberg)["articles"] == stands(aalborg)["articles"] != []


def test_cities_connect_again_while_something_is_in_quarantine(story: Story) -> None:
    since = forge(story)
    begin(story.aalborg, story.kassel, since)
    with story.aalborg.at_work():
        end_peering(story.kassel.origin, by=None)
    story.settle()

    story.aalborg.peer_with(story.kassel)

    assert NEW not in shown(story)
    release(story.aalborg, story.kassel)
    assert NEW in shown(story)


def test_deleted_for_good_the_city_says_how_things_stand(story: Story) -> None:
    since = forge(story)
    begin(story.aalborg, story.kassel, since)
    with story.kassel.at_work():  # Kassel found it, too
        knowledge.withdraw_article(db.session.scalars(select(Article).where(Article.title == NEW)).one())
        meetings.change_meeting(the_meeting(), story.coordinator(), title="Im Rathaus")

    with story.aalborg.at_work():
        drop_quarantine(story.kassel.origin, by=None)
    story.settle()

    assert NEW not in shown(story)
    assert stands(story.aalborg)["meetings"] == stands(story.kassel)["meetings"]
    assert stands(story.aalborg)["articles"] == stands(story.kassel)["articles"]


def test_what_is_too_long_ago_to_be_told_apart_is_hidden_whole(story: Story) -> None:
    forge(story)
    since = now() - timedelta(days=31)

    begin(story.aalborg, story.kassel, since)

    assert stands(story.aalborg)["articles"] == stands(story.aalborg)["meetings"] == []
    release(story.aalborg, story.kassel)
    assert stands(story.aalborg)["articles"] == stands(story.kassel)["articles"]
    with story.aalborg.at_work():
        assert story.member().person_id == story.bram


def test_words_are_kept_as_long_as_they_are_needed(story: Story) -> None:
    since = forge(story)
    begin(story.aalborg, story.kassel, since)

    with time_machine.travel(now() + timedelta(days=40)), story.aalborg.app.app_context():
        tidy()
    release(story.aalborg, story.kassel)

    assert AFTER in shown(story)
