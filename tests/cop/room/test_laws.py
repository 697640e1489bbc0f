# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What holds whatever people do: dots stay within the budget, and the board is what its events give, wherever one begins."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cop.room.rules import dots
from cop.room.rules.board import Board, Outcome, Place
from cop.room.rules.changes import Happening, replay
from cop.room.rules.phases import PhaseKind, phases_of, planned_minutes
from cop.room.rules.timebox import Thumb, outcome

CARDS = ("a", "b", "c", "d")
BEGUN = datetime(2026, 12, 3, 9, tzinfo=UTC)
card = st.sampled_from(CARDS)
placed = st.tuples(card, st.integers(-1, 11))


@given(
    st.lists(placed, max_size=30), st.integers(1, 10), st.integers(1, 10), st.lists(st.tuples(card, card), max_size=5)
)
def test_dots_never_exceed_the_budget_nor_what_one_topic_takes_also_after_merges(acts, budget, most, merges) -> None:
    mine: dict[str, int] = {}

    for topic, number in acts:
        try:
            mine = dots.place(mine, topic, number, budget=budget, most_on_one=most)
        except ValueError:
            continue
    for source, target in merges:
        if source != target:
            mine = dots.merged(mine, source, target, most_on_one=most)

    assert sum(mine.values()) <= budget
    assert all(1 <= number <= most for number in mine.values())


@given(st.lists(st.dictionaries(card, st.integers(1, 3)), max_size=8))
def test_the_totals_are_all_dots_and_nobody_counts_twice(ballots) -> None:
    counted = dots.totals(ballots, CARDS)

    assert sum(number for number, _ in counted.values()) == sum(sum(ballot.values()) for ballot in ballots)
    assert all(voters == sum(topic in ballot for ballot in ballots) for topic, (_, voters) in counted.items())


@given(st.lists(st.sampled_from(Thumb)))
def test_a_topic_goes_on_only_when_more_want_it_than_the_next(thumbs) -> None:
    on, over = thumbs.count(Thumb.KEEP_GOING), thumbs.count(Thumb.NEXT)

    assert (outcome(Counter(thumbs)) == Outcome.CONTINUE) is (on > over)


@st.composite
def meetings(draw) -> list[Happening]:
    """Events as a room writes them: topics come, are voted on, talked about, parked, brought back."""
    kinds = [
        ("topic_added", {"id": one, "title": one, "origin": "k", "by": "", "locale": "de", "support": 0})
        for one in CARDS
    ]
    chosen = st.sampled_from(
        [
            ("dots_opened", {"round": "r"}),
            ("dots_placed", {"voted": 3}),
            ("dots_closed", {"totals": {"a": [2, 1], "b": [1, 1]}}),
            *[("topic_started", {"card": one, "seconds": 480}) for one in CARDS],
            *[("topic_parked", {"card": one}) for one in CARDS],
            *[("topic_returned", {"card": one}) for one in CARDS],
            *[("notes_written", {"card": one, "text": "x"}) for one in CARDS],
            ("timer_paused", {}),
            ("timer_resumed", {}),
            ("time_added", {"seconds": 120}),
            ("extension_opened", {"round": "e", "seconds": 240, "open_for": 30}),
            ("extension_voted", {"voted": 2}),
            ("extension_closed", {"outcome": "continue"}),
            ("topics_arranged", {"order": ["c", "a"]}),
            ("takeaway_said", {"text": "x"}),
        ]
    )
    kinds += draw(st.lists(chosen, max_size=25))
    return [Happening(n, kind, facts, BEGUN + timedelta(seconds=7 * n)) for n, (kind, facts) in enumerate(kinds, 1)]


@given(meetings(), st.integers(0, 30))
def test_a_board_read_on_from_anywhere_is_the_board_read_from_the_start(happened, cut) -> None:
    whole = replay(Board(), happened)

    assert replay(replay(Board(), happened[:cut]), happened[cut:]) == whole
    assert whole.number == len(happened)
    assert len(whole.at(*Place)) == len(CARDS)
    assert whole.timer is None or whole.timer.left(BEGUN + timedelta(days=1)) >= timedelta()


def test_a_missing_event_is_noticed() -> None:
    with pytest.raises(ValueError, match="event 2 after 0"):
        replay(Board(), [Happening(2, "dots_opened", {"round": "r"}, BEGUN)])


def test_phases_come_from_the_agenda_and_an_unknown_kind_is_a_fixed_part() -> None:
    agenda = [
        {"kind": "checkin", "title": "Ankommen", "minutes": 10},
        {"kind": "newer than this version", "title": "Impuls", "minutes": 20},
    ]

    phases = phases_of(agenda)

    assert [(phase.kind, phase.title, phase.minutes) for phase in phases] == [
        (PhaseKind.LOBBY, "", 0),
        (PhaseKind.CHECK_IN, "Ankommen", 10),
        (PhaseKind.FIXED, "Impuls", 20),
        (PhaseKind.CLOSE, "", 0),
    ]
    assert planned_minutes(phases, 3) == 30


def test_after_the_dots_are_counted_a_merge_adds_them_and_a_split_takes_them_back() -> None:
    told = [
        ("topic_added", {"id": one, "title": one, "origin": "k", "by": "", "locale": "de", "support": 0})
        for one in "ab"
    ]
    told += [
        ("topic_changed", {"card": "a", "title": "A", "support": 3}),
        ("dots_opened", {"round": "r"}),
        ("dots_closed", {"totals": {"a": [3, 2], "b": [2, 2]}}),
        ("topics_merged", {"card": "a", "into": "b"}),
    ]
    merged = replay(Board(), [Happening(n, kind, facts, BEGUN) for n, (kind, facts) in enumerate(told, 1)])
    split = replay(merged, [Happening(merged.number + 1, "topic_split", {"card": "a"}, BEGUN)])

    assert (merged.cards["b"].dots, merged.cards["b"].voters, merged.cards["a"].title) == (5, 2, "A")
    assert (split.cards["b"].dots, split.cards["a"].place) == (2, Place.TO_DISCUSS)


def test_what_changes_a_clock_that_does_not_run_changes_nothing() -> None:
    kinds = ("phase_begun", "timer_paused", "timer_resumed", "time_added", "extension_voted")
    facts = {"phase": "1", "seconds": 60, "voted": 1}

    board = replay(Board(), [Happening(n, kind, facts, BEGUN) for n, kind in enumerate(kinds, 1)])

    assert (board.timer, board.extension, board.number) == (None, None, len(kinds))


def test_votes_on_topics_that_are_gone_are_not_counted() -> None:
    assert dots.totals([{"a": 1, "gone": 2}], CARDS) == {"a": (1, 1)}
