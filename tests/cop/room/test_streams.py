# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the stream brings to whom: what changed, in their language, and no secret of anybody's."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from cop.accounts.models import Person
from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.i18n import force_locale
from cop.room import presence
from cop.room.rules.board import Board, Card
from cop.room.rules.changes import Happening
from cop.room.rules.timebox import Thumb
from cop.room.services import dots, notes, opening, timing, topics
from cop.room.streaming import channel_of, let_happen, render
from cop.room.words import last_said
from tests.cop.room.conftest import TITLES, Table
from tests.reader import Reader


@pytest.fixture
def ida(app: Flask, table: Table) -> Reader:
    return Reader(app, db.session.get_one(Person, table.member.person_id))


@pytest.fixture
def stream(table: Table) -> str:
    return f"/meetings/{table.room.meeting_id}/room/live"


def test_who_is_up_to_date_gets_nothing_and_who_is_behind_what_changed(table: Table, ida: Reader, stream: str) -> None:
    known = table.board.number
    assert "id:" not in ida.get(f"{stream}?after={known}").text

    with transaction():
        opening.begin_phase(table.room, table.moderation)
        topics.start_topic(table.room, table.moderation, card=table.cards[0])
    said = ida.get(f"{stream}?after={known}").text

    assert f"id: {table.board.number}\n" in said
    assert 'id="room-now"' in said
    assert TITLES[0] in said


def test_nobody_elses_stream_tells_who_voted_what(table: Table, ida: Reader, stream: str) -> None:
    before = table.board.number
    with transaction():
        opening.begin_phase(table.room, table.moderation)
        dots.open_dots(table.room, table.moderation)
        dots.place_dots(table.room, table.leads, card=table.cards[1], number=2)
    opened = ida.get(f"{stream}?after={before}").text
    with transaction():
        dots.place_dots(table.room, table.leads, card=table.cards[1], number=1)
    changed = ida.get(f"{stream}?after={table.board.number - 1}").text

    assert 'id="room-queue"' not in changed  # a vote changes how many voted, and nothing else
    assert "Bram" not in changed
    assert str(table.leads.person_id) not in opened + changed
    assert "<output>2</output>" not in opened


def test_an_extension_vote_tells_how_many_and_not_what(table: Table, ida: Reader, stream: str) -> None:
    with transaction():
        topics.start_topic(table.room, table.moderation)
        timing.ask_for_more(table.room, table.moderation)
        timing.vote(table.room, table.leads, thumb=Thumb.NEXT)
    one = ida.get(f"{stream}?after={table.board.number - 1}").text
    with transaction():
        timing.vote(table.room, table.leads, thumb=Thumb.KEEP_GOING)
    other = ida.get(f"{stream}?after={table.board.number - 1}").text

    assert without_numbers(one) == without_numbers(other)
    assert 'aria-pressed="true"' not in one


def test_the_moderators_buttons_and_drafts_reach_nobody_else(table: Table, ida: Reader, stream: str) -> None:
    with transaction():
        topics.start_topic(table.room, table.moderation, card=table.cards[0])
        notes.record_decision(table.room, table.moderation, card=table.cards[0], text="Wir probieren es aus")

    said = ida.get(f"{stream}?after=0").text

    assert "/pause" not in said
    assert "Wir probieren es aus" not in said


@pytest.mark.parametrize("after", ["-1", "9223372036854775808", "99999999999999999999999", "x"])
def test_a_number_that_no_event_has_is_no_failure(ida: Reader, stream: str, after: str) -> None:
    assert ida.get(f"{stream}?after={after}").status_code == 200


def test_how_many_are_there_is_told_to_who_is_up_to_date_and_forgotten_when_all_went(table: Table) -> None:
    channel = channel_of(table.room_id)

    presence.arrived(channel, "one")
    presence.arrived(channel, "other")
    presence.left(channel, "other")
    told = render(channel, "en:member", table.board.number)
    presence.left(channel, "one")

    assert told is not None
    assert "1 person is here" in told.data
    assert "room-queue" not in told.data
    assert presence.number(channel) == 0
    assert render(channel, "en:member", table.board.number) is None


def test_a_round_that_is_over_is_over_for_everybody_without_anybodys_doing(table: Table) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        with transaction():
            topics.start_topic(table.room, table.moderation)
        let_happen()
        assert table.board.extension is None
        clock.shift(timedelta(minutes=8))

        let_happen()

    assert table.board.extension is not None


@pytest.mark.parametrize(
    ("happened", "said"),
    [
        ([("dots_closed", {})], "The dots are counted."),
        ([("topic_started", {"card": "a"}), ("timer_paused", {})], "The clock is stopped."),
        ([("topic_started", {"card": "a"}), ("notes_written", {"card": "a"})], "Now: “Mentoring”"),
        ([("extension_closed", {"outcome": "next"})], "More people want the next topic."),
        ([("moderators_changed", {"names": ["Ida Solberg"]})], "Ida Solberg moderates."),
        ([("dots_placed", {"voted": 2})], ""),
    ],
)
def test_the_status_line_says_the_last_thing_that_people_should_hear_of(app, happened, said) -> None:
    board = Board(cards={"a": Card("a", "Mentoring", "k")})
    events = [Happening(n, kind, facts, now()) for n, (kind, facts) in enumerate(happened, 1)]

    with force_locale("en"):
        assert last_said(events, board) == said


def without_numbers(text: str) -> str:
    """Leave out what time and the number of the event make different."""
    return "".join(sign for sign in text if not sign.isdigit())
