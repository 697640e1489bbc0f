# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What happens around the board: topics that go elsewhere, meetings that end, what a moderator arranges."""

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from flask import Flask

from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.errors import Conflict, Invalid
from cop.communities.models import Role
from cop.meetings import services as meetings
from cop.meetings.models import Topic, TopicState
from cop.meetings.queries.actions import actions_of
from cop.room.queries import board_of
from cop.room.rules.board import Outcome, Place
from cop.room.rules.timebox import Thumb
from cop.room.services import closing, dots, moderation, notes, opening, timing, topics
from tests.builders import a_meeting, a_member
from tests.cop.room.conftest import Table


def test_what_was_rolled_back_is_on_no_board(table: Table) -> None:
    def breaks_off() -> None:
        with transaction():
            topics.start_topic(table.room, table.moderation, card=table.cards[0])
            topics.start_topic(table.room, table.moderation, card=table.cards[1])
            raise RuntimeError

    before = table.board
    with pytest.raises(RuntimeError):
        breaks_off()
    assert table.board == before

    with transaction():
        topics.park(table.room, table.moderation, card=table.cards[2])
        topics.park(table.room, table.moderation, card=table.cards[1])

    assert (table.board.current, table.board.cards[table.cards[1]].place) == ("", Place.PARKED)


def test_a_topic_kept_for_later_leaves_the_board_and_what_went_into_it_stands_alone(table: Table) -> None:
    first, second, _third = table.cards
    with transaction():
        coordinator = table.another("Nadja Petrikat", role=Role.COORDINATOR)
        topics.merge(table.room, table.moderation, card=first, into=second)
        meetings.move_to_backlog(db.session.get_one(Topic, UUID(second)), coordinator)

        places = {card: table.board.cards[card].place for card in (first, second)}

    assert places == {first: Place.TO_DISCUSS, second: Place.WITHDRAWN}


def test_a_cancelled_meeting_closes_its_room_and_keeps_its_topics(table: Table) -> None:
    with transaction():
        coordinator = table.another("Nadja Petrikat", role=Role.COORDINATOR)
        meetings.cancel_meeting(table.room.meeting, coordinator)

        assert db.session.get_one(Topic, UUID(table.cards[0])).state == TopicState.PROPOSED
        with pytest.raises(Conflict, match="over"):
            topics.start_topic(table.room, table.moderation)


def test_a_topic_taken_to_another_meeting_stays_there_when_this_one_ends(table: Table) -> None:
    card = table.cards[0]
    with transaction():
        coordinator = table.another("Nadja Petrikat", role=Role.COORDINATOR)
        later = a_meeting(table.room.meeting.community)
        topic = db.session.get_one(Topic, UUID(card))
        meetings.move_to_backlog(topic, coordinator)
        meetings.take_up(topic, later, coordinator)
        opening.begin_phase(table.room, table.moderation)
        closing.end(table.room, table.moderation)

        assert (topic.meeting_id, topic.state) == (later.id, TopicState.PROPOSED)


def test_talking_counts_over_all_rounds(table: Table) -> None:
    with time_machine.travel(now(), tick=False) as clock, transaction():
        topics.start_topic(table.room, table.moderation)
        clock.shift(timedelta(minutes=8))
        timing.happen(table.room)
        timing.vote(table.room, table.member, thumb=Thumb.KEEP_GOING)
        clock.shift(timedelta(seconds=30))
        timing.happen(table.room)
        clock.shift(timedelta(minutes=4))
        topics.end_topic(table.room, table.moderation)

        assert table.board.cards[table.cards[0]].talked == timedelta(minutes=12, seconds=30)


def test_dots_on_a_topic_that_is_parked_return(table: Table) -> None:
    first, second, _third = table.cards
    with transaction():
        dots.open_dots(table.room, table.moderation)
        dots.place_dots(table.room, table.member, card=first, number=2)
        topics.park(table.room, table.moderation, card=first)

        dots.place_dots(table.room, table.member, card=second, number=2)
        dots.close_dots(table.room, table.moderation)

        assert table.board.cards[second].dots == 2


def test_takeaways_end_somewhere(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "MOST_TAKEAWAYS", 2)
    with transaction():
        notes.say_takeaway(table.room, table.member, text="Klein anfangen")
        notes.say_takeaway(table.room, table.member, text="Zu dritt")

        with pytest.raises(Conflict, match="Enough"):
            notes.say_takeaway(table.room, table.member, text="Noch einer")


def test_a_moderator_arranges_topics_and_parts(table: Table) -> None:
    first, second, third = table.cards
    with transaction():
        room, leads = table.room, table.moderation
        topics.move(room, leads, card=third, up=True)
        topics.move(room, leads, card=first, up=True)  # there is nothing above it
        topics.start_topic(room, leads)
        topics.end_topic(room, leads)
        topics.park(room, leads, card=second)
        topics.bring_back(room, leads, card=second)
        topics.bring_back(room, leads, card=first)
        with pytest.raises(Conflict):
            topics.merge(room, leads, card=first, into=first)

    assert table.board.order == (first, third, second)
    assert {card.place for card in table.board.cards.values()} == {Place.TO_DISCUSS}


def test_parts_between_lobby_and_close_change_places(app: Flask) -> None:
    agenda = [{"kind": "fixed", "title": title, "minutes": 10} for title in ("Ankommen", "Impuls", "Schluss")]
    with transaction():
        meeting = a_meeting(starts_in=timedelta(minutes=5), agenda=agenda)
        member = a_member(meeting.community)
        room = opening.prepare(meeting, member)
        moderation.take_over(room, member)
        leads = moderation.require_moderation(room, member)
        for phase, up in (("2", True), ("2", True), ("lobby", False), ("3", False)):
            opening.move_phase(room, leads, phase=phase, up=up)
        opening.begin_phase(room, leads, phase="1")

        board = board_of(room)

        assert [phase.id for phase in board.phases] == ["lobby", "2", "1", "3", "close"]
        assert board.phase_now is not None
        assert board.phase_now.id == "1"
        with pytest.raises(Conflict, match="no longer there"):
            opening.begin_phase(room, leads, phase="9")


def test_the_clock_takes_two_more_minutes_and_a_vote_can_be_closed_early(table: Table) -> None:
    with time_machine.travel(now(), tick=False), transaction():
        topics.start_topic(table.room, table.moderation)
        timing.add_time(table.room, table.moderation)
        timing.ask_for_more(table.room, table.moderation)
        timing.vote(table.room, table.member, thumb=Thumb.KEEP_GOING)
        timing.close_vote(table.room, table.moderation)

        timer = table.board.timer

    assert timer is not None
    assert (timer.round, timer.length, table.board.outcome) == (2, timedelta(minutes=4), Outcome.CONTINUE)


def test_a_task_that_was_written_down_by_mistake_goes(table: Table) -> None:
    with transaction():
        task = notes.record_action(table.room, table.moderation, text="Liste hochladen", owner="Köln")
        notes.remove_action(table.room, table.moderation, action=str(task))
        notes.remove_action(table.room, table.moderation, action=str(task))

    assert table.board.actions == ()
    assert actions_of(table.room.meeting_id) == []


@pytest.mark.parametrize("text", ["", "   ", "x" * 301])
def test_a_decision_has_a_sentence_that_is_not_too_long(table: Table, text: str) -> None:
    with transaction(), pytest.raises(Invalid):
        notes.record_decision(table.room, table.moderation, card=table.cards[0], text=text)


def test_what_is_about_a_topic_that_is_gone_is_refused(table: Table) -> None:
    with transaction():
        for act in (notes.record_decision, notes.write_notes):
            with pytest.raises(Conflict, match="no longer there"):
                act(table.room, table.moderation, card="nothing", text="Wir probieren es aus")
