# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The board of a meeting as it stands after its last event. Values only; `changes` says how it comes about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from cop.room.rules.phases import Phase, PhaseKind


class Place(StrEnum):
    """Where a topic is."""

    TO_DISCUSS = "to_discuss"
    DISCUSSING = "discussing"
    DISCUSSED = "discussed"
    PARKED = "parked"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


class DotsState(StrEnum):
    """Where the dot voting is."""

    COLLECTING = "collecting"
    OPEN = "open"
    CLOSED = "closed"


class Outcome(StrEnum):
    """What an extension vote said."""

    CONTINUE = "continue"
    NEXT = "next"
    TIE = "tie"


@dataclass(frozen=True, slots=True)
class Card:
    """A topic on the board."""

    id: str
    title: str
    origin: str
    """The city it comes from."""
    by: str = ""
    """Who proposed it, as everybody in the room may read; empty for an anonymous one."""
    locale: str = ""
    support: int = 0
    """How many were for it before the meeting."""
    place: Place = Place.TO_DISCUSS
    merged_into: str = ""
    dots: int = 0
    """Known to all once the voting is closed."""
    voters: int = 0
    talked: timedelta = timedelta()
    notes: str = ""
    decisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Timer:
    """The timebox of the topic that is talked about."""

    length: timedelta
    """Of this round."""
    round: int
    """From 1 on."""
    begun_at: datetime
    """Of the first round."""
    ends_at: datetime
    paused_at: datetime | None = None

    def left(self, now: datetime) -> timedelta:
        """Return what is left of the round; never below zero."""
        return max(self.ends_at - (self.paused_at or now), timedelta())


@dataclass(frozen=True, slots=True)
class ExtensionVote:
    """A silent vote on more time; who chose what stands nowhere near."""

    id: str
    """Of the round: ballots are filed under it."""
    offered: timedelta
    closes_at: datetime
    voted: int = 0


@dataclass(frozen=True, slots=True)
class Action:
    """Who does what by when."""

    id: str
    text: str
    owner: str = ""
    due: str = ""
    """A date, ISO 8601; empty when none was said."""
    card: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What this meeting plays by."""

    budget: int = 2
    """Dots for each person, 1 to 10."""
    most_on_one: int = 10
    """Dots a person may put on one topic."""
    boxes: tuple[int, ...] = (8, 4, 2)
    """Minutes of a topic's first round and of each extension; after the last comes none."""

    @property
    def first_round(self) -> timedelta:
        """Return how long a topic's first round is."""
        return timedelta(minutes=self.boxes[0])


@dataclass(frozen=True, slots=True)
class Board:
    """All that everybody in the room may know; `number` is that of the last event in it."""

    number: int = 0
    phases: tuple[Phase, ...] = ()
    phase: int = 0
    """Where in `phases` the meeting is."""
    phase_began_at: datetime | None = None
    spent: Mapping[str, timedelta] = field(default_factory=dict)
    """Phase id -> how long it took."""
    limits: Limits = Limits()
    cards: Mapping[str, Card] = field(default_factory=dict)
    """In the order in which they came."""
    order: tuple[str, ...] = ()
    """How the moderator arranged what is to be discussed; ids not in it follow by their dots."""
    dots: DotsState = DotsState.COLLECTING
    dots_round: str = ""
    """Ballots are filed under it."""
    voted: int = 0
    """How many placed a dot or said that they don't vote."""
    current: str = ""
    """The card that is talked about."""
    talked_about: tuple[str, ...] = ()
    """Each card that was ever current, the first first."""
    timer: Timer | None = None
    extension: ExtensionVote | None = None
    outcome: Outcome | None = None
    """Of the last extension vote on the current card."""
    actions: tuple[Action, ...] = ()
    takeaways: tuple[str, ...] = ()
    moderators: tuple[str, ...] = ()
    """Names, who leads first."""
    ended_at: datetime | None = None

    @property
    def phase_now(self) -> Phase | None:
        """Return the phase the meeting is in."""
        return self.phases[self.phase] if self.phase < len(self.phases) else None

    @property
    def talks(self) -> Card | None:
        """Return the card that is talked about."""
        return self.cards.get(self.current)

    @property
    def in_lobby(self) -> bool:
        """Tell whether the meeting has not begun."""
        return self.phase_now is None or self.phase_now.kind == PhaseKind.LOBBY

    def at(self, *places: Place) -> list[Card]:
        """Return the cards that are at one of these places, in the order in which they came."""
        return [card for card in self.cards.values() if card.place in places]

    def find(self, card_id: str, *places: Place) -> Card | None:
        """Return a card if it is at one of these places."""
        card = self.cards.get(card_id)
        return card if card is not None and card.place in places else None

    @property
    def due_at(self) -> datetime | None:
        """Return when something happens by itself: a timebox is over, or an extension vote."""
        if self.ended_at is not None:
            return None
        if self.extension is not None:
            return self.extension.closes_at
        if self.timer is None or self.timer.paused_at is not None or self.outcome in {Outcome.NEXT, Outcome.TIE}:
            return None
        return self.timer.ends_at if self.timer.round < len(self.limits.boxes) else None
