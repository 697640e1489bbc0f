# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Turns and their reasons in words."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from cop.rotation.models import TurnState
from cop.rotation.reading import ShownTurn
from cop.rotation.roles import MODERATOR, ORGANISER
from cop.rotation.words import reasons_of, state_of, take_of, task_of, title_of

AT = datetime(2025, 9, 4, 8, tzinfo=UTC)
CODES = ("first_time", "longest_ago", "fewest_turns", "volunteer", "other_city")


@pytest.fixture(autouse=True)
def english(app):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        yield


class Heidelberg:
    short = "Heidelberg"


def a_turn(*codes, **facts):
    facts = {
        "id": UUID(int=1),
        "community_id": UUID(int=2),
        "role": MODERATOR,
        "state": TurnState.PROPOSED,
        "occasion_uri": "http://127.0.0.1:8101/o/meeting",
        "occasion_at": datetime(2100, 12, 3, 9, tzinfo=UTC),
        "home": "http://127.0.0.1:8101",
        "name": "Miriam",
        "origin": "http://127.0.0.1:8101",
        "me": False,
        "reasons": [{"code": code, "at": AT.isoformat(), "city": "http://127.0.0.1:8103"} for code in codes],
        "followers": [],
        "wish": None,
    } | facts
    return ShownTurn(**facts)


def why(*codes, **facts):
    return reasons_of(a_turn(*codes, **facts), lambda origin: Heidelberg)


def test_the_moderator_reads_why():
    assert why(*CODES, me=True) == [
        "This is your first time",
        "It is your turn because your last one was longest ago",
        "You have had the fewest turns, measured by the meetings at which it could have been you",
        "You stepped in",
        "Heidelberg moderated last, now another city",
    ]


def test_others_read_why_this_moderator():
    assert why(*CODES) == [
        "Miriam has not moderated yet",
        "Miriam moderated longest ago: September 2025",
        "Miriam has had the fewest turns, measured by the meetings at which it could have been",
        "Miriam stepped in",
        "Heidelberg moderated last, now another city",
    ]


def test_the_organiser_reads_why():
    assert why("first_time", "longest_ago", "other_city", role=ORGANISER, me=True) == [
        "You have not organised a meeting yet",
        "It is your turn because you last organised longest ago",
        "Heidelberg organised last, now another city",
    ]


def test_others_read_why_this_organiser():
    assert why("first_time", "longest_ago", role=ORGANISER) == [
        "Miriam has not organised yet",
        "Miriam organised longest ago: September 2025",
    ]


def test_what_is_no_exception_any_more_when_nobody_else_was_there_is_left_out():
    assert why("passed_on", "drawn", "newcomers", "only_one", "other_role", "open_call") == [
        "The turn was passed on",
        "Several people were equal, so a draw decided",
        "The community is young, so newcomers take turns, too",
        "Nobody else could take this turn",
        "Nobody without another task was left",
        "Nobody could be found. Whoever would like to may step in",
    ]
    assert why("only_one", "again", "other_role") == ["There was nobody else, so it is the same person as last time"]


def test_what_a_newer_city_says_is_left_out_or_told_as_far_as_we_understand_it():
    reasons = [{"code": "moon"}, {}, {"code": "longest_ago", "at": "last spring"}]

    assert why(reasons=reasons) == ["Miriam moderated longest ago: –"]


@pytest.mark.parametrize(
    ("facts", "title"),
    [
        ({}, "Miriam moderates"),
        ({"me": True}, "You moderate"),
        ({"role": ORGANISER}, "Miriam organises"),
        ({"role": ORGANISER, "me": True}, "You organise"),
        ({"state": TurnState.SERVED}, "Miriam moderated"),
        ({"state": TurnState.SERVED, "role": ORGANISER}, "Miriam organised"),
        ({"name": "", "state": TurnState.OPEN_CALL}, "Who moderates?"),
        ({"name": "", "state": TurnState.OPEN_CALL, "role": ORGANISER}, "Who organises?"),
    ],
)
def test_a_turn_is_named_by_who_has_it(facts, title):
    assert title_of(a_turn(**facts)) == title


@pytest.mark.parametrize(
    ("facts", "task"),
    [
        ({}, "Miriam moderates: 3 December"),
        ({"me": True}, "It is your turn to moderate on 3 December"),
        ({"me": True, "role": ORGANISER}, "It is your turn to organise on 3 December"),
        ({"state": TurnState.OPEN_CALL}, "Who moderates on 3 December?"),
        ({"state": TurnState.OPEN_CALL, "role": ORGANISER}, "Who organises on 3 December?"),
    ],
)
def test_a_task_names_its_day(facts, task):
    assert task_of(a_turn(**facts)) == task


def test_states_have_words_until_a_turn_is_served():
    words = [state and state[1] for state in (state_of(a_turn(state=state)) for state in TurnState)]

    assert words == ["Asked", "Confirmed", "Wanted", None, None, None]


def test_the_button_names_the_task():
    assert [take_of(a_turn(role=role)) for role in (MODERATOR, ORGANISER)] == ["Take the turn", "Take the organising"]
