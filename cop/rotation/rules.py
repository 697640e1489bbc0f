# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who is next: the debt rule, pure and exact."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction
from hashlib import sha256
from typing import Any, Literal
from uuid import UUID

Lifted = Literal["other_role", "again", "newcomers"]

#: what may be lifted when nobody is left, in this order
RELAXATIONS: tuple[frozenset[Lifted], ...] = (
    frozenset(),
    frozenset({"other_role"}),
    frozenset({"other_role", "again"}),
)
#: the same once more for a community in which nobody has taken part before
YOUNG: tuple[frozenset[Lifted], ...] = tuple(lifted | {"newcomers"} for lifted in RELAXATIONS)
#: between two turns that are only foreseen
STEP = timedelta(days=1)

#: smaller comes first: less what is owed, time of the last turn, of the last city, hash
Rank = tuple[Fraction, float, bool, bytes]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who takes turns; `away` when absent, paused, or when they passed this turn on."""

    person: UUID
    city: str
    knows_it: bool = True
    away: bool = False
    has_other_role: bool = False


@dataclass(frozen=True, slots=True)
class PastTurn:
    """A turn at another occasion, with who was eligible when it was given."""

    at: datetime
    eligible: frozenset[UUID]
    holder: UUID | None
    city: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why this person: a code and its values, put into words when shown."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choice:
    """Who is next, who could have been, and why; no person means an open call."""

    person: UUID | None
    eligible: tuple[UUID, ...]
    reasons: tuple[Reason, ...]


def debt(person: UUID, turns: Iterable[PastTurn]) -> Fraction:
    """Return how many turns somebody owes: the shares of those they were eligible for, less those they held."""
    owed = Fraction(0)
    for turn in turns:
        if person in turn.eligible:
            owed += Fraction(1, len(turn.eligible))
        if person == turn.holder:
            owed -= 1
    return owed


def last_turn(turns: Iterable[PastTurn], before: datetime) -> PastTurn | None:
    """Return the turn just before an instant."""
    return max((turn for turn in turns if turn.at < before), key=lambda turn: turn.at, default=None)


def choose(occasion: str, at: datetime, candidates: Sequence[Candidate], turns: Sequence[PastTurn]) -> Choice:
    """Choose whose turn it is.

    Eligible is who is not away, took part once before, did not have the last
    turn and has no other role at this occasion. If that is nobody, people with
    another role are eligible too, then whoever had the last turn; in a
    community where nobody has taken part before, newcomers are. Of the eligible
    it is the one who owes most; among equals the one whose last turn is longest
    ago (never comes first); among those somebody of another city than last
    time; among those the one with the smallest hash of occasion and person.

    Args:
        occasion: what the turn is for; only hashed.
        at: when it is; decides which turn was the last.
        candidates: everyone who takes turns, in any order.
        turns: all other turns of this role, in any order.
    """
    last = last_turn(turns, at)
    eligible, lifted = _eligible(candidates, last)
    if not eligible:
        return Choice(None, (), (Reason("open_call"),))
    ranks = {one.person: _rank(one, occasion, turns, last) for one in eligible}
    chosen = min(eligible, key=lambda one: ranks[one.person])
    reasons = (*_reasons(chosen, eligible, ranks, turns, last), *(Reason(code) for code in sorted(lifted)))
    return Choice(chosen.person, tuple(sorted(one.person for one in eligible)), reasons)


def follow(occasion: str, at: datetime, candidates: Sequence[Candidate], turns: Sequence[PastTurn]) -> Iterator[UUID]:
    """Tell who comes next and after that, if nobody is away and nothing changes; each person once.

    `at` is any instant after the last turn.
    """
    known = list(turns)
    told: set[UUID] = set()
    present = [replace(one, away=False, has_other_role=False) for one in candidates]
    for _ in present:
        instant = max([at, *(turn.at for turn in known)]).replace(microsecond=0) + STEP
        choice = choose(occasion, instant, present, known)
        if choice.person is None or choice.person in told:
            return
        told.add(choice.person)
        city = next(one.city for one in present if one.person == choice.person)
        known.append(PastTurn(instant, frozenset(choice.eligible), choice.person, city))
        yield choice.person


def _eligible(candidates: Sequence[Candidate], last: PastTurn | None) -> tuple[list[Candidate], frozenset[Lifted]]:
    young = not any(one.knows_it for one in candidates)
    holder = last.holder if last is not None else None
    for lifted in (*RELAXATIONS, *(YOUNG if young else ())):
        eligible = [one for one in candidates if _may(one, holder, lifted)]
        if eligible:
            return eligible, lifted
    return [], frozenset()


def _may(one: Candidate, last_holder: UUID | None, lifted: frozenset[Lifted]) -> bool:
    return not (
        one.away
        or (one.has_other_role and "other_role" not in lifted)
        or (one.person == last_holder and "again" not in lifted)
        or (not one.knows_it and "newcomers" not in lifted)
    )


def _rank(one: Candidate, occasion: str, turns: Sequence[PastTurn], last: PastTurn | None) -> Rank:
    latest = _latest(one.person, turns)
    return (
        -debt(one.person, turns),
        latest.timestamp() if latest is not None else float("-inf"),
        last is not None and one.city == last.city,
        sha256(f"{occasion}\n{one.person}".encode()).digest(),
    )


def _latest(person: UUID, turns: Iterable[PastTurn]) -> datetime | None:
    return max((turn.at for turn in turns if turn.holder == person), default=None)


def _reasons(
    chosen: Candidate,
    eligible: Sequence[Candidate],
    ranks: dict[UUID, Rank],
    turns: Sequence[PastTurn],
    last: PastTurn | None,
) -> Iterator[Reason]:
    """Say what is true and was looked at: the time of the last turn, the city of the last one, the draw."""
    mine = ranks[chosen.person]
    others = [ranks[one.person] for one in eligible if one is not chosen]
    latest = _latest(chosen.person, turns)
    if latest is None:
        yield Reason("first_time")
    elif not others:
        yield Reason("only_one")
    elif all(mine[1] <= other[1] for other in others):
        yield Reason("longest_ago", {"at": latest.isoformat()})
    else:
        yield Reason("fewest_turns")
    if last is not None and last.city not in ("", chosen.city):
        yield Reason("other_city", {"city": last.city})
    if any(mine[:3] == other[:3] for other in others):
        yield Reason("drawn")
