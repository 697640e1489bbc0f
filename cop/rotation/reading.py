# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Turns as pages show them. Names go to members only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from cop.base.clock import now
from cop.base.db import db
from cop.base.instance import is_ours
from cop.base.pending import PendingRequest, RequestState, waiting_for
from cop.communities.models import MembershipRecord, MemberState
from cop.rotation.models import OPEN, Assignment, TurnState
from cop.rotation.queries import my_turns, turns_of
from cop.rotation.roles import ROLES

#: on a community's page: the last turn served, those given, those foreseen
SHOWN = 5
RECENT = 30


@dataclass(frozen=True, slots=True)
class Follower:
    """Who comes later; `at` only once the turn is given."""

    name: str
    origin: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ShownTurn:
    """A turn as one reader sees it."""

    id: UUID
    community_id: UUID
    role: str
    state: TurnState
    occasion_uri: str
    occasion_at: datetime
    home: str
    #: empty while nobody has it
    name: str
    origin: str
    me: bool
    reasons: Sequence[Mapping[str, Any]]
    followers: Sequence[Follower]
    wish: PendingRequest | None

    @property
    def over(self) -> bool:
        """Tell whether there is nothing to answer any more."""
        return self.state not in OPEN or self.occasion_at <= now()

    @property
    def underway(self) -> bool:
        """Tell whether an answer of the reader's is on its way to the home."""
        return self.wish is not None and self.wish.state == RequestState.WAITING

    @property
    def refused(self) -> bool:
        """Tell whether the home said no to an answer of the reader's."""
        return self.wish is not None and self.wish.state == RequestState.REFUSED

    @property
    def can_confirm(self) -> bool:
        """Tell whether the reader is asked to take the turn."""
        return self.me and self.state == TurnState.PROPOSED and not self.over and not self.underway

    @property
    def can_pass(self) -> bool:
        """Tell whether the reader may pass the turn on."""
        return self.me and self.state in {TurnState.PROPOSED, TurnState.CONFIRMED} and not (self.over or self.underway)

    @property
    def can_take(self) -> bool:
        """Tell whether the reader may step in."""
        return self.state == TurnState.OPEN_CALL and not self.over and not self.underway


def my_shown_turns(person_id: UUID) -> list[ShownTurn]:
    """Return the turns somebody has ahead."""
    return shown(my_turns(person_id), person_id)


def shown(turns: Iterable[Assignment], person_id: UUID) -> list[ShownTurn]:
    found = list(turns)
    elsewhere = [turn.uri for turn in found if not is_ours(turn.origin)]
    wishes = {wish.object_uri: wish for wish in waiting_for(person_id, *elsewhere)} if elsewhere else {}
    return [_shown(turn, person_id, wishes.get(turn.uri)) for turn in found]


def _shown(turn: Assignment, person_id: UUID, wish: PendingRequest | None) -> ShownTurn:
    return ShownTurn(
        id=turn.id,
        community_id=turn.community_id,
        role=turn.role,
        state=TurnState(turn.state),
        occasion_uri=turn.occasion_uri,
        occasion_at=turn.occasion_at,
        home=turn.origin,
        name=turn.person.display_name if turn.person is not None else "",
        origin=turn.person.origin if turn.person is not None else "",
        me=turn.person_id == person_id,
        reasons=turn.reasons,
        followers=_followers(turn),
        wish=wish,
    )


def _followers(turn: Assignment) -> list[Follower]:
    return [Follower(str(one.get("name", "")), str(one.get("origin", ""))) for one in turn.followers]


def asked_after(turn: ShownTurn) -> list[Follower]:
    """Return who is asked when a turn is passed on: who follows, but for those who have another task there."""
    others = [other.person for other in turns_of(turn.occasion_uri) if other.id != turn.id and other.state in OPEN]
    busy = {(person.display_name, person.origin) for person in others if person is not None}
    return [one for one in turn.followers if (one.name, one.origin) not in busy]


@dataclass(frozen=True, slots=True)
class Order:
    """Who had the last turn of a role, who has the ones ahead, who is foreseen after them."""

    role: str
    served: ShownTurn | None
    ahead: Sequence[ShownTurn]
    foreseen: Sequence[Follower]


def orders_of(community_id: UUID, person_id: UUID) -> dict[str, Order]:
    """Return the order of turns for each role that has one."""
    recent = db.session.scalars(
        select(Assignment)
        .where(Assignment.community_id == community_id, Assignment.state.in_({*OPEN, TurnState.SERVED}))
        .order_by(Assignment.occasion_at.desc())
        .limit(RECENT)
    )
    turns = shown(reversed(recent.all()), person_id)
    return {role: _order(role, [turn for turn in turns if turn.role == role]) for role in ROLES}


def _order(role: str, turns: Sequence[ShownTurn]) -> Order:
    served = [turn for turn in turns if turn.state == TurnState.SERVED]
    ahead = [turn for turn in turns if turn.state in OPEN][: SHOWN - 1]
    told = {(turn.name, turn.origin) for turn in ahead}
    last = ahead[-1].followers if ahead else ()
    foreseen = [one for one in last if (one.name, one.origin) not in told]
    return Order(role, served[-1] if served else None, ahead, foreseen[: SHOWN - 1 - len(ahead)])


def open_calls(person_id: UUID, *, limit: int = 3) -> list[ShownTurn]:
    """Return the turns for which somebody is wanted in a person's communities, the next one first."""
    mine = select(MembershipRecord.community_id).where(
        MembershipRecord.person_id == person_id, MembershipRecord.state == MemberState.ACTIVE
    )
    wanted = db.session.scalars(
        select(Assignment)
        .where(
            Assignment.state == TurnState.OPEN_CALL,
            Assignment.occasion_at > now(),
            Assignment.community_id.in_(mine),
        )
        .order_by(Assignment.occasion_at)
        .limit(limit)
    )
    return shown(wanted, person_id)
