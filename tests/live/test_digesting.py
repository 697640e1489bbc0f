# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a backlog costs: each activity is written to the disk once, and asks little of the database."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from cop.base.db import db
from tests.live.story import Story
from tests.live_instance import LiveInstance
from tests.queries import count_queries

MOST_QUERIES = 40


@pytest.fixture
def story(kassel, aalborg) -> Story:
    return Story(kassel, aalborg).peer().join()


@contextmanager
def count_commits(city: LiveInstance) -> Iterator[list[object]]:
    commits: list[object] = []

    def remember(connection) -> None:
        commits.append(connection)

    with city.app.app_context():
        engine = db.engine
    event.listen(engine, "commit", remember)
    try:
        yield commits
    finally:
        event.remove(engine, "commit", remember)


def test_a_wish_that_is_granted_is_one_write_to_the_disk(story: Story) -> None:
    for number in range(3):
        story.propose(f"Emne {number}")
    story.aalborg.deliver()

    with count_commits(story.kassel) as commits:
        assert story.kassel.process() == 3

    assert len(commits) == 3


def test_copies_are_one_write_to_the_disk_and_an_answer_is_another(story: Story) -> None:
    story.propose("Emne")
    story.aalborg.deliver()
    story.kassel.process()
    assert story.kassel.deliver() == 3

    with count_commits(story.aalborg) as commits:
        assert story.aalborg.process() == 3

    assert len(commits) == 2


def test_a_wish_that_is_granted_asks_the_same_however_many_there_were(story: Story) -> None:
    asked = []
    for number in range(3):
        story.propose(f"Emne {number}")
        story.aalborg.deliver()
        with story.kassel.app.app_context(), count_queries() as sent:
            story.kassel.process()
        asked.append(len(sent))

    assert asked[0] <= MOST_QUERIES
    assert asked[1:] == asked[:1] * 2
