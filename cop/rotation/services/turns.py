# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Turns at their home: giving them, and what becomes of them."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from cop.base.db import changed, db, minted, new_id
from cop.base.events import publish
from cop.communities.models import Community
from cop.rotation.events import TurnAssigned, TurnChanged
from cop.rotation.models import OPEN, Assignment, Rotation, RotationMember, TurnState
from cop.rotation.queries import candidates_for, past_turns, turns_of
from cop.rotation.rules import Choice, Reason, choose
from cop.rotation.services.foresight import foresee
from cop.rotation.services.rotations import rotation_of


def assign_turn(
    community: Community, role: str, *, occasion_uri: str, occasion_at: datetime, away: Collection[UUID] = ()
) -> Assignment:
    """Give the turn at an occasion to whom the rule chooses; once given, it stays.

    `away` can't come; whoever paused is passed over anyway.
    """
    rotation = rotation_of(community, role)
    given = next((turn for turn in turns_of(occasion_uri) if turn.role == role), None)
    if given is not None:
        return given
    turn = Assignment(
        **minted(new_id()),
        community_id=community.id,
        role=rotation.role,
        occasion_uri=occasion_uri,
        occasion_at=occasion_at,
        declined=[],
        state=TurnState.OPEN_CALL,
    )
    choice = choice_for(turn, away)
    db.session.add(turn)
    give(turn, choice, source="auto")
    return turn


def choice_for(turn: Assignment, away: Collection[UUID] = ()) -> Choice:
    """Ask the rule who is next for a turn."""
    absent = {UUID(person) for person in turn.declined} | set(away)
    candidates = candidates_for(turn.community_id, turn.role, turn.occasion_uri, turn.occasion_at, absent)
    return choose(turn.occasion_uri, turn.occasion_at, candidates, past_turns(turn.community_id, turn.role, but=turn))


def give(turn: Assignment, choice: Choice, *, source: str, because: Reason | None = None) -> None:
    """Write down who was chosen, from whom and why; nobody means an open call."""
    reasons = (because, *choice.reasons) if because is not None and choice.person is not None else choice.reasons
    turn.person_id = choice.person
    turn.state = TurnState.PROPOSED if choice.person is not None else TurnState.OPEN_CALL
    turn.source = source
    turn.eligible = [str(person) for person in choice.eligible]
    turn.reasons = [{"code": reason.code, **reason.values} for reason in reasons]
    tell(turn)


def tell(turn: Assignment) -> None:
    """Give a changed turn its next revision, and tell who has it and who follows now."""
    if turn in db.session.new:
        db.session.flush()  # the event carries its id
    else:
        changed(turn)
        db.session.flush()  # the person below is read by the new key
    db.session.refresh(turn, ["person"])
    foresee(turn.community_id, turn.role, quiet_about=turn)
    publish(TurnAssigned(turn.id) if turn.state == TurnState.PROPOSED else TurnChanged(turn.id))


def mark_served(occasion_uri: str, took_part: Collection[UUID] = ()) -> None:
    """Keep that the turns of an occasion were served, and who knows now how it goes.

    `took_part` may moderate from now on; that is the one flag that is kept of having been there.
    """
    for turn in turns_of(occasion_uri):
        if turn.state not in OPEN:
            continue
        turn.state = TurnState.SERVED if turn.person_id is not None else TurnState.NO_SHOW
        _now_know_it(turn, took_part)
        tell(turn)


def _now_know_it(turn: Assignment, took_part: Collection[UUID]) -> None:
    rotations = select(Rotation.id).where(Rotation.community_id == turn.community_id)
    people = {*took_part, turn.person_id}
    db.session.execute(
        update(RotationMember)
        .where(RotationMember.rotation_id.in_(rotations), RotationMember.person_id.in_(people - {None}))
        .values(knows_it=True)
        .execution_options(synchronize_session="fetch")
    )


def move_turns(occasion_uri: str, occasion_at: datetime) -> None:
    """Keep the turns of an occasion that got another date."""
    for turn in turns_of(occasion_uri):
        if turn.state in OPEN and turn.occasion_at != occasion_at:
            turn.occasion_at = occasion_at
            changed(turn)
            publish(TurnChanged(turn.id))


def cancel_turns(occasion_uri: str) -> None:
    """Let the turns of an occasion that won't take place count for nobody."""
    for turn in turns_of(occasion_uri):
        if turn.state in OPEN:
            turn.state = TurnState.CANCELLED
            tell(turn)
