# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The debt rule: cases, and laws that hold for any history."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from cop.rotation.rules import Candidate, Choice, PastTurn, Reason, choose, debt, follow

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
ANNA, BRAM, CARLA, DORTE = (UUID(int=number) for number in range(1, 5))


def day(number):
    return FIRST + timedelta(days=number)


def turn(number, holder, *eligible, city="kassel"):
    return PastTurn(day(number), frozenset(eligible), holder, city)


def candidates(*people, **facts):
    return [Candidate(person, "kassel", **facts) for person in people]


def test_a_debt_is_the_shares_of_what_one_was_eligible_for_less_the_turns_held():
    turns = [turn(0, ANNA, ANNA, BRAM, CARLA), turn(1, BRAM, BRAM, CARLA)]

    assert debt(ANNA, turns) == Fraction(1, 3) - 1
    assert debt(BRAM, turns) == Fraction(1, 3) + Fraction(1, 2) - 1
    assert debt(CARLA, turns) == Fraction(1, 3) + Fraction(1, 2)


def test_whoever_owes_most_is_next():
    turns = [turn(0, ANNA, ANNA, BRAM, CARLA), turn(1, BRAM, BRAM, CARLA)]

    choice = choose("meeting", day(2), candidates(ANNA, BRAM, CARLA), turns)

    assert choice == Choice(CARLA, (ANNA, CARLA), (Reason("first_time"),))


def test_among_equals_the_last_turn_longest_ago_decides():
    turns = [turn(0, BRAM, ANNA, BRAM), turn(1, ANNA, ANNA, BRAM), turn(2, CARLA, CARLA)]

    choice = choose("meeting", day(3), candidates(ANNA, BRAM, CARLA), turns)

    assert choice == Choice(BRAM, (ANNA, BRAM), (Reason("longest_ago", {"at": day(0).isoformat()}),))


def test_among_equals_who_never_had_a_turn_another_city_than_last_time_is_next():
    people = [Candidate(ANNA, "kassel"), Candidate(BRAM, "aalborg"), Candidate(CARLA, "kassel")]

    choice = choose("meeting", day(1), people, [turn(0, CARLA, CARLA)])

    assert choice.person == BRAM
    assert choice.reasons == (Reason("first_time"), Reason("other_city", {"city": "kassel"}))


def test_in_the_end_a_draw_decides_that_everybody_can_repeat():
    chosen = {choose(f"meeting {number}", day(1), candidates(ANNA, BRAM, CARLA), []).person for number in range(50)}
    again = choose("meeting 1", day(1), candidates(CARLA, BRAM, ANNA), [])

    assert chosen == {ANNA, BRAM, CARLA}
    assert again == choose("meeting 1", day(1), candidates(ANNA, BRAM, CARLA), [])
    assert again.reasons == (Reason("first_time"), Reason("drawn"))


def test_whoever_owes_most_though_another_has_waited_longer_hears_of_the_fewest_turns():
    turns = [turn(0, BRAM, BRAM), turn(1, ANNA, ANNA, BRAM), turn(5, DORTE, DORTE)]
    turns += [turn(number, CARLA, ANNA, CARLA) for number in (2, 3, 4)]

    choice = choose("meeting", day(6), candidates(ANNA, BRAM), turns)

    assert debt(ANNA, turns) > debt(BRAM, turns)
    assert choice == Choice(ANNA, (ANNA, BRAM), (Reason("fewest_turns"),))


def test_the_only_one_who_can_hears_so():
    choice = choose("meeting", day(2), candidates(ANNA), [turn(0, ANNA, ANNA), turn(1, BRAM, BRAM)])

    assert choice == Choice(ANNA, (ANNA,), (Reason("only_one"),))


def test_whoever_is_away_is_passed_over():
    people = [Candidate(ANNA, "kassel", away=True), Candidate(BRAM, "kassel")]

    assert choose("meeting", day(1), people, []).eligible == (BRAM,)


def test_nobody_moderates_their_first_meeting_while_others_can():
    people = [Candidate(ANNA, "kassel", knows_it=False), Candidate(BRAM, "kassel")]

    assert choose("meeting", day(1), people, []).eligible == (BRAM,)


def test_when_nobody_is_left_somebody_with_another_role_may():
    people = [Candidate(ANNA, "kassel", has_other_role=True), Candidate(BRAM, "kassel")]

    choice = choose("meeting", day(1), people, [turn(0, BRAM, BRAM)])

    assert choice == Choice(ANNA, (ANNA,), (Reason("first_time"), Reason("other_role")))


def test_when_still_nobody_is_left_it_is_the_same_as_last_time():
    choice = choose("meeting", day(1), candidates(ANNA), [turn(0, ANNA, ANNA)])

    assert choice == Choice(ANNA, (ANNA,), (Reason("only_one"), Reason("again"), Reason("other_role")))


def test_in_a_young_community_newcomers_may_but_not_twice_in_a_row_or_in_two_roles():
    people = [
        Candidate(ANNA, "kassel", knows_it=False),
        Candidate(BRAM, "kassel", knows_it=False, has_other_role=True),
        Candidate(CARLA, "kassel", knows_it=False),
    ]

    choice = choose("meeting", day(1), people, [turn(0, CARLA, CARLA)])

    assert choice == Choice(ANNA, (ANNA,), (Reason("first_time"), Reason("newcomers")))


def test_newcomers_may_not_when_others_are_only_away():
    people = [Candidate(ANNA, "kassel", knows_it=False), Candidate(BRAM, "kassel", away=True)]

    assert choose("meeting", day(1), people, []) == Choice(None, (), (Reason("open_call"),))


def test_turns_that_lie_ahead_count_but_are_not_the_last_one():
    turns = [turn(0, ANNA, ANNA, BRAM, CARLA), turn(9, BRAM, BRAM, CARLA)]

    choice = choose("meeting", day(5), candidates(ANNA, BRAM, CARLA), turns)

    assert choice.eligible == (BRAM, CARLA)
    assert choice.person == CARLA


def test_who_follows_is_told_once_each_in_order():
    turns = [turn(0, ANNA, ANNA, BRAM, CARLA), turn(1, BRAM, BRAM, CARLA)]

    assert list(follow("meeting", day(1), candidates(ANNA, BRAM, CARLA), turns)) == [CARLA, ANNA, BRAM]


def test_nobody_follows_where_nobody_takes_turns():
    assert list(follow("meeting", day(1), [], [])) == []


def test_telling_who_follows_ends_when_somebody_would_come_twice():
    owes_much = [turn(number, ANNA, ANNA, BRAM) for number in range(6)]

    assert list(follow("meeting", day(6), candidates(ANNA, BRAM, CARLA), owes_much)) == [BRAM, CARLA]


class Year:
    """Meetings one after the other, each with who is away; members join in their order."""

    def __init__(self, cities):
        self.cities = cities
        self.people = [UUID(int=1000 + number) for number in range(len(cities))]
        self.turns = []

    def meet(self, present, away):
        at = day(len(self.turns))
        people = [
            Candidate(person, self.cities[number], away=number in away)
            for number, person in enumerate(self.people[:present])
        ]
        choice = choose(f"meeting {len(self.turns)}", at, people, self.turns)
        city = self.cities[self.people.index(choice.person)] if choice.person else ""
        self.turns.append(PastTurn(at, frozenset(choice.eligible), choice.person, city))

    def debts(self, present):
        return [debt(person, self.turns) for person in self.people[:present]]

    def counts(self):
        return [sum(turn.holder == person for turn in self.turns) for person in self.people]


cities = st.lists(st.sampled_from(["kassel", "aalborg", "heidelberg"]), min_size=1, max_size=8)


@given(cities, st.integers(1, 40))
def test_with_nobody_absent_turns_never_differ_by_more_than_one(cities, meetings):
    year = Year(cities)

    for _ in range(meetings):
        year.meet(len(cities), ())

        assert max(year.counts()) - min(year.counts()) <= 1


@given(cities, st.lists(st.tuples(st.booleans(), st.sets(st.integers(0, 7))), max_size=40))
def test_with_any_absences_and_joiners_debts_differ_by_less_than_three_and_add_up_to_nothing(cities, meetings):
    year = Year(cities)
    present = 1

    for somebody_joins, away in meetings:
        present = min(present + somebody_joins, len(cities))
        year.meet(present, away)

        debts = year.debts(present)
        assert max(debts) - min(debts) < 3
        assert sum(debts) == 0


@given(cities, st.randoms(use_true_random=False))
def test_the_choice_does_not_depend_on_the_order_in_which_facts_come(cities, random):
    year = Year(cities)
    for _ in range(5):
        year.meet(len(cities), ())
    people = [Candidate(person, city) for person, city in zip(year.people, cities, strict=True)]
    expected = choose("next", day(9), people, year.turns)

    random.shuffle(people)
    random.shuffle(year.turns)

    assert choose("next", day(9), people, year.turns) == expected
