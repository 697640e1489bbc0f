# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The board: topics, dots, time, who moderates; each change is written down before anybody sees it."""

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.errors import Conflict, Forbidden
from cop.meetings import services as meetings
from cop.meetings.models import MeetingState, Topic, TopicState
from cop.meetings.queries.actions import actions_of
from cop.minutes.queries import minutes_of
from cop.room.models import Ballot, BoardEvent
from cop.room.queries import happenings
from cop.room.rules.board import Board, DotsState, Outcome, Place
from cop.room.rules.changes import replay
from cop.room.rules.timebox import Thumb
from cop.room.services import closing, dots, moderation, notes, opening, timing, topics
from tests.builders import a_meeting, a_member
from tests.cop.room.conftest import TITLES, Table
from tests.together import together


def test_the_first_who_comes_finds_topics_phases_and_moderator_prepared(table: Table) -> None:
    board = table.board

    assert [card.title for card in board.at(Place.TO_DISCUSS)] == list(TITLES)
    assert [phase.kind for phase in board.phases] == ["lobby", "leancoffee", "close"]
    assert board.moderators == ("Bram Osterloh",)
    assert board.in_lobby


def test_the_room_opens_a_quarter_of_an_hour_before(app: Flask) -> None:
    with transaction():
        meeting = a_meeting(starts_in=timedelta(minutes=17))
        member = a_member(meeting.community)

        with pytest.raises(Conflict, match="15 minutes"):
            opening.prepare(meeting, member)


def test_who_does_not_moderate_is_refused(table: Table) -> None:
    with pytest.raises(Forbidden):
        moderation.require_moderation(table.room, table.member)


def test_dots_stay_within_the_budget_and_are_counted_once_for_all(table: Table) -> None:
    first, second, _third = table.cards
    with transaction():
        dots.open_dots(table.room, table.moderation)
        dots.place_dots(table.room, table.member, card=first, number=1)
        dots.place_dots(table.room, table.member, card=second, number=1)
        with pytest.raises(Conflict, match="no more dots"):
            dots.place_dots(table.room, table.member, card=second, number=2)
        dots.place_dots(table.room, table.member, card=first, number=0)
        dots.place_dots(table.room, table.member, card=second, number=2)
        dots.place_dots(table.room, table.leads, card=second, number=1)
        dots.abstain(table.room, table.another("Jonne Wessel"))

        assert (table.board.voted, table.board.cards[second].dots) == (3, 0)

        dots.close_dots(table.room, table.moderation)

        counted = table.board.cards[second]
        assert (counted.dots, counted.voters) == (3, 2)
        assert db.session.scalar(select(func.count()).select_from(Ballot)) == 0


def test_no_event_says_who_voted_what(table: Table) -> None:
    with transaction():
        dots.open_dots(table.room, table.moderation)
        dots.place_dots(table.room, table.member, card=table.cards[0], number=2)

    kinds = ("dots_opened", "dots_placed")
    said = db.session.scalars(select(BoardEvent.facts).where(BoardEvent.kind.in_(kinds)).order_by(BoardEvent.number))
    opened, placed = said.all()
    assert (opened.keys(), placed) == ({"round"}, {"voted": 1})


def test_a_vote_after_the_close_is_refused(table: Table) -> None:
    with transaction():
        dots.open_dots(table.room, table.moderation)
        dots.close_dots(table.room, table.moderation)

        with pytest.raises(Conflict):
            dots.place_dots(table.room, table.member, card=table.cards[0], number=1)


def test_a_merge_moves_dots_and_the_proposer_may_take_the_topic_out_again(table: Table) -> None:
    first, second, _third = table.cards
    with transaction():
        dots.open_dots(table.room, table.moderation)
        dots.place_dots(table.room, table.leads, card=first, number=1)
        dots.place_dots(table.room, table.leads, card=second, number=1)
        topics.merge(table.room, table.moderation, card=first, into=second)
        dots.close_dots(table.room, table.moderation)

        assert (table.board.cards[second].dots, table.board.cards[second].voters) == (2, 1)
        assert table.board.cards[first].merged_into == second

        with pytest.raises(Conflict):
            topics.split(table.room, table.another("Jonne Wessel"), card=first)
        topics.split(table.room, table.member, card=first)

        assert table.board.cards[first].place == Place.TO_DISCUSS


def test_the_topic_with_most_dots_comes_first_and_the_one_before_counts_as_discussed(table: Table) -> None:
    first, second, _third = table.cards
    with transaction():
        dots.open_dots(table.room, table.moderation)
        dots.place_dots(table.room, table.member, card=second, number=2)
        dots.close_dots(table.room, table.moderation)
        topics.start_topic(table.room, table.moderation)
        assert table.board.current == second

        topics.start_topic(table.room, table.moderation)

    assert (table.board.current, table.board.cards[second].place) == (first, Place.DISCUSSED)


@pytest.mark.parametrize(
    ("thumbs", "outcome", "minutes"),
    [
        ([Thumb.KEEP_GOING, Thumb.KEEP_GOING, Thumb.NEXT], Outcome.CONTINUE, 4),
        ([Thumb.KEEP_GOING, Thumb.NEXT, Thumb.NEUTRAL], Outcome.TIE, 8),
        ([Thumb.NEUTRAL, Thumb.NEUTRAL, Thumb.NEXT], Outcome.NEXT, 8),
        ([], Outcome.TIE, 8),
    ],
)
def test_when_the_time_is_up_everybody_is_asked_and_a_tie_moves_on(
    table: Table, thumbs: list[Thumb], outcome: Outcome, minutes: int
) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        with transaction():
            people = [table.another(f"Person {n}") for n in range(len(thumbs))]
            topics.start_topic(table.room, table.moderation)
        clock.shift(timedelta(minutes=8))
        with transaction():
            timing.happen(table.room)
            for person, thumb in zip(people, thumbs, strict=True):
                timing.vote(table.room, person, thumb=thumb)
        assert table.board.extension is not None
        assert table.board.extension.voted == len(thumbs)
        clock.shift(timedelta(seconds=30))
        with transaction():
            timing.happen(table.room)

    timer = table.board.timer
    assert timer is not None
    assert (table.board.outcome, timer.length) == (outcome, timedelta(minutes=minutes))
    assert db.session.scalar(select(func.count()).select_from(Ballot)) == 0


def test_a_vote_when_the_time_for_it_is_over_is_refused_even_before_it_is_closed(table: Table) -> None:
    with time_machine.travel(now(), tick=False) as clock, transaction():
        topics.start_topic(table.room, table.moderation)
        timing.ask_for_more(table.room, table.moderation)
        clock.shift(timedelta(seconds=31))

        with pytest.raises(Conflict):
            timing.vote(table.room, table.member, thumb=Thumb.NEXT)


def test_the_clock_stands_while_it_is_paused(table: Table) -> None:
    with time_machine.travel(now(), tick=False) as clock, transaction():
        topics.start_topic(table.room, table.moderation)
        clock.shift(timedelta(minutes=3))
        timing.pause(table.room, table.moderation)
        assert table.board.due_at is None
        clock.shift(timedelta(minutes=10))
        timing.resume(table.room, table.moderation)

        timer = table.board.timer
        assert timer is not None
        assert timer.left(now()) == timedelta(minutes=5)


def test_after_the_last_round_there_is_no_further_vote(table: Table) -> None:
    with time_machine.travel(now(), tick=False) as clock, transaction():
        topics.start_topic(table.room, table.moderation)
        for _round in range(2):
            timing.ask_for_more(table.room, table.moderation)
            timing.vote(table.room, table.member, thumb=Thumb.KEEP_GOING)
            clock.shift(timedelta(seconds=30))
            timing.happen(table.room)

        assert table.board.due_at is None
        with pytest.raises(Conflict, match="all its time"):
            timing.ask_for_more(table.room, table.moderation)


def test_a_topic_proposed_or_taken_back_on_another_page_shows_on_the_board(table: Table) -> None:
    with transaction():
        topic = meetings.propose_topic(table.room.meeting, table.member, title="Onboarding: die ersten 100 Tage")
        assert table.board.cards[str(topic.id)].place == Place.TO_DISCUSS

        meetings.withdraw_topic(topic, table.member)

        assert table.board.cards[str(topic.id)].place == Place.WITHDRAWN


def test_whoever_leads_may_take_over_and_the_one_before_helps(table: Table) -> None:
    with transaction():
        with pytest.raises(Forbidden):
            moderation.take_over(table.room, table.member)
        moderation.hand_over(table.room, table.moderation, to=table.member.person_id)

        assert table.board.moderators == ("Ida Solberg", "Bram Osterloh")

        moderation.take_over(table.room, table.leads)

        assert table.board.moderators == ("Bram Osterloh", "Ida Solberg")


def test_when_the_meeting_ends_each_topic_goes_where_it_belongs(table: Table) -> None:
    first, second, third = table.cards
    with transaction():
        opening.begin_phase(table.room, table.moderation)
        assert table.room.meeting.state == MeetingState.LIVE
        topics.start_topic(table.room, table.moderation, card=first)
        topics.park(table.room, table.moderation, card=second)
        notes.write_notes(table.room, table.moderation, card=first, text="Sparring zu dritt")
        notes.record_action(table.room, table.moderation, text="Beispielliste hochladen", owner="Köln")
        meetings.end_meeting(table.room.meeting, table.leads)

        states = {card: db.session.get_one(Topic, UUID(card)).state for card in table.cards}

        assert states == {
            first: TopicState.DISCUSSED,
            second: TopicState.PARKED,
            third: TopicState.CARRIED_OVER,
        }
        assert [action.text for action in actions_of(table.room.meeting_id)] == ["Beispielliste hochladen"]
        assert table.room.meeting.state == MeetingState.ENDED
        with pytest.raises(Conflict, match="over"):
            topics.start_topic(table.room, table.moderation, card=third)


def test_replaying_what_happened_gives_the_board(table: Table) -> None:
    with transaction():
        opening.begin_phase(table.room, table.moderation)
        dots.open_dots(table.room, table.moderation)
        dots.place_dots(table.room, table.member, card=table.cards[1], number=2)
        dots.close_dots(table.room, table.moderation)
        topics.start_topic(table.room, table.moderation)
        timing.ask_for_more(table.room, table.moderation)
        notes.record_decision(table.room, table.moderation, card=table.cards[1], text="Wir probieren es aus")

    again = replay(Board(), happenings(table.room_id, after=0))

    assert again == table.board
    assert (again.dots, again.current) == (DotsState.CLOSED, table.cards[1])


def test_all_who_vote_at_once_are_counted(app: Flask, table: Table) -> None:
    with transaction():
        people = [table.another(f"Person {n}") for n in range(8)]
        dots.open_dots(table.room, table.moderation)

    together(app, lambda person: dots.place_dots(table.room, person, card=table.cards[0], number=2), people)

    with transaction():
        dots.close_dots(table.room, table.moderation)
    card = table.board.cards[table.cards[0]]
    assert (card.dots, card.voters) == (16, 8)


def test_the_minutes_are_drafted_from_the_board(table: Table) -> None:
    _first, second, third = table.cards
    with transaction():
        opening.begin_phase(table.room, table.moderation)
        topics.start_topic(table.room, table.moderation, card=second)
        notes.write_notes(table.room, table.moderation, card=second, text="Sparring zu dritt\n\nListe mit Beispielen")
        notes.record_decision(table.room, table.moderation, card=second, text="Wir probieren es aus")
        notes.record_action(table.room, table.moderation, card=second, text="Liste hochladen", owner="Köln")
        topics.park(table.room, table.moderation, card=third)
        notes.say_takeaway(table.room, table.member, text="Klein anfangen")
        closing.end(table.room, table.moderation)

        body = minutes_of(table.room.meeting_id).body

    assert body.split("\n\n")[1:] == [
        f"# {TITLES[1]}",
        "Vorgeschlagen aus Kassel, 1 Min.",
        "- Sparring zu dritt\n- Liste mit Beispielen",
        "## Beschlüsse",
        "- Wir probieren es aus",
        "## Wer macht was bis wann",
        "- Liste hochladen (Köln)",
        "# Für später",
        f"- {TITLES[0]}\n- {TITLES[2]}",
        "# Was wir mitnehmen",
        "- Klein anfangen\n",
    ]
