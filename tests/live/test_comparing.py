# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""At night a city finds what was changed in its copies by hand, and mends it; nothing goes without a tombstone."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import delete, select, text, update

from cop.base.clock import now
from cop.base.db import db, new_id
from cop.knowledge.models import Article
from cop.knowledge.services import withdraw_article
from cop.meetings.models import Meeting, Topic
from cop.sharing.cli import peer
from cop.sharing.models import PeerReading, PeerRecord, ReceivedActivity
from cop.sharing.partners import partners
from tests.builders import an_article
from tests.live.story import Story, the_community
from tests.live.test_catching_up import ask, propose, reading_of, text_of
from tests.live_instance import LiveInstance

ARTICLE, TOPIC = "Desksharing", "Was lernen Azubis heute?"


@pytest.fixture
def story(kassel, aalborg) -> Story:
    """Aalborg has a community of Kassel's with a meeting, a topic and an article."""
    story = Story(kassel, aalborg).peer().join()
    with kassel.at_work():
        an_article(ARTICLE, community=the_community())
    propose(story, TOPIC)
    story.settle()
    return story


def tonight(story: Story) -> tuple[int, int]:
    """A day later Aalborg reads and compares; return what it mended, and what differs still."""
    with time_machine.travel(now() + timedelta(days=1)):
        story.aalborg.read()
        story.settle()
    found = reading_of(story.aalborg)
    assert found.compared_at is not None
    return found.mended, found.differing


def facts_of(city: LiveInstance) -> list[tuple[str, str, int]]:
    """Title, id and revision of all that was shared."""
    with city.app.app_context():
        models = (Meeting, Article, Topic)
        rows = [db.session.execute(select(model.title, model.uri, model.rev)).all() for model in models]
        return sorted(tuple(row) for some in rows for row in some)


def lose_the_article() -> None:
    db.session.execute(delete(Article))


def lose_the_meeting_and_its_topic() -> None:
    db.session.execute(text("DELETE FROM topic"))
    db.session.execute(text("DELETE FROM meeting"))


def put_an_old_revision() -> None:
    db.session.execute(update(Article).values(title="Alt", rev=Article.rev - 1))


@pytest.mark.parametrize(
    ("plant", "number"),
    [
        (lose_the_article, 1),
        (lose_the_meeting_and_its_topic, 2),
        (put_an_old_revision, 1),
    ],
)
def test_a_difference_planted_by_hand_is_mended_at_night(story: Story, plant: Callable[[], None], number: int) -> None:
    with story.aalborg.at_work():
        plant()
    planted = facts_of(story.aalborg)

    assert tonight(story) == (number, 0)
    assert planted != facts_of(story.kassel)
    assert facts_of(story.aalborg) == facts_of(story.kassel)


def test_where_nothing_differs_nothing_is_fetched(story: Story) -> None:
    assert tonight(story) == (0, 0)


def test_before_night_nothing_is_compared(story: Story) -> None:
    with time_machine.travel(reading_of(story.aalborg).compare_at - timedelta(minutes=1)):
        story.aalborg.read()

    assert reading_of(story.aalborg).compared_at is None


def test_what_the_home_never_had_stays(story: Story) -> None:
    with story.aalborg.at_work():
        an_article("Von Hand", origin=story.kassel.origin)

    assert tonight(story) == (0, 1)
    assert "Von Hand" in [title for title, _, _ in facts_of(story.aalborg)]


def test_what_was_deleted_at_home_while_its_tombstone_was_lost_goes(story: Story) -> None:
    with story.kassel.at_work():
        article = db.session.scalars(select(Article)).one()
        uri = article.uri
        withdraw_article(article)
    story.settle()
    with story.aalborg.at_work():
        db.session.execute(text("DELETE FROM tombstone"))
        copy = an_article(ARTICLE, origin=story.kassel.origin)
        db.session.execute(update(Article).where(Article.id == copy.id).values(uri=uri))

    assert tonight(story) == (1, 0)
    assert ARTICLE not in [title for title, _, _ in facts_of(story.aalborg)]


def test_only_what_a_peer_may_see_is_counted(story: Story, heidelberg) -> None:
    story.kassel.peer_with(heidelberg)

    of_member = ask(story.aalborg, story.kassel, "/digest")[1]["collections"]
    of_other = ask(heidelberg, story.kassel, "/digest")[1]["collections"]
    with story.kassel.at_work():
        db.session.execute(update(PeerRecord).where(PeerRecord.origin == heidelberg.origin).values(level_out=1))
    of_stranger = ask(heidelberg, story.kassel, "/digest")[1]["collections"]

    assert {name: part["count"] for name, part in of_member.items() if part["count"]} == {
        "Group": 1,
        "Event": 1,
        "Article": 1,
        "cop:Assignment": 2,
        "cop:Topic": 1,
    }
    assert [of_other[name]["count"] for name in of_member] == [1, 1, 1, 0, 0]
    assert [of_stranger[name]["count"] for name in of_member] == [0, 0, 0, 0, 0]


def test_objects_are_listed_with_their_revisions_to_whom_they_are_for(story: Story, heidelberg) -> None:
    story.kassel.peer_with(heidelberg)
    month = next(iter(ask(story.aalborg, story.kassel, "/digest?collection=cop:Topic")[1]["months"]))
    path = f"/digest?collection=cop:Topic&month={month}"
    with story.kassel.app.app_context():
        topic = db.session.scalars(select(Topic)).one()

    assert ask(story.aalborg, story.kassel, path)[1] == {"items": {topic.uri: topic.rev}}
    assert topic.uri not in text_of(ask(heidelberg, story.kassel, path))
    assert ask(story.aalborg, story.kassel, f"{path}&after={topic.id}")[1] == {"items": {}}
    assert ask(story.aalborg, story.kassel, f"{path}&after={uuid4().hex}")[0] == 400


def test_while_something_waits_to_be_handled_nothing_is_compared(story: Story) -> None:
    with story.aalborg.at_work():
        row = ReceivedActivity(sender=story.kassel.origin, activity_id="x", key_id="x", body=b"{}", outcome="")
        row.id, row.received_at, row.due_at = new_id(), now(), now() + timedelta(days=30)
        db.session.add(row)

    with time_machine.travel(now() + timedelta(days=1)):
        story.aalborg.read()

    assert reading_of(story.aalborg).compared_at is None


def test_a_peer_that_cannot_be_compared_with_is_tried_the_next_night(story: Story) -> None:
    def without_digests(app):
        def front(environ, start_response):
            if environ["PATH_INFO"] == "/digest":
                environ["PATH_INFO"] = "/changes/none"
            return app(environ, start_response)

        return front

    story.kassel.stop()
    story.kassel.resume(through=without_digests)
    with time_machine.travel(now() + timedelta(days=1)):
        story.aalborg.read()
        found = reading_of(story.aalborg)

        assert (found.compared_at, found.last_error) == (None, None)
        assert found.compare_at > now()


def test_an_administrator_lets_it_compare_at_once_and_reads_what_came_of_it(story: Story) -> None:
    def compared() -> str:
        with story.aalborg.app.test_request_context():
            return partners()[0].compared

    said = [compared()]
    with story.aalborg.at_work():
        lose_the_article()
    answer = story.aalborg.app.test_cli_runner().invoke(peer, ["compare", story.kassel.origin])
    story.aalborg.read()
    said.append(compared())
    for facts in ({"mended": 0}, {"differing": 2}):
        with story.aalborg.at_work():
            db.session.execute(update(PeerReading).values(**facts))
        said.append(compared())

    assert answer.output == "The worker compares at once; the city's page says what differed.\n"
    assert [words.rpartition(": ")[2] for words in said] == [
        "endnu ikke",
        "1 ting hentet",
        "intet afveg",
        "2 ting afviger",
    ]
