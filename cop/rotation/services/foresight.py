# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who follows: foreseen at the home and kept with each turn ahead, for every member city to show."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from cop.base.db import changed, db
from cop.base.events import publish
from cop.communities.models import MembershipRecord
from cop.communities.services import shown_name
from cop.rotation.events import TurnChanged
from cop.rotation.models import OPEN, Assignment
from cop.rotation.queries import candidates_for, past_turns
from cop.rotation.rules import follow

MOST = 3


def foresee(community_id: UUID, role: str, *, quiet_about: Assignment | None = None) -> None:
    """Keep with each turn ahead who follows it; tell of those for which that is new.

    The caller tells of the turn it is `quiet_about`.
    """
    ahead = list(
        db.session.scalars(
            select(Assignment)
            .where(Assignment.community_id == community_id, Assignment.role == role, Assignment.state.in_(OPEN))
            .order_by(Assignment.occasion_at)
        )
    )
    if not ahead:
        return
    last = ahead[-1]
    candidates = candidates_for(community_id, role, last.occasion_uri, last.occasion_at, ())
    coming = list(follow(last.occasion_uri, last.occasion_at, candidates, past_turns(community_id, role)))
    given = [turn.person_id for turn in ahead if turn.person_id is not None]
    shown = _as_shown(community_id, {*coming, *given})
    for place, turn in enumerate(ahead):
        after = [later.person_id for later in ahead[place + 1 :] if later.person_id is not None]
        _keep(turn, _first(shown, [*after, *coming], turn.person_id), quiet=turn is quiet_about)


def _first(shown: dict[UUID, dict[str, Any]], people: Iterable[UUID], holder: UUID | None) -> list[dict[str, Any]]:
    once = dict.fromkeys(person for person in people if person != holder and person in shown)
    return [shown[person] for person in once][:MOST]


def _keep(turn: Assignment, followers: list[dict[str, Any]], *, quiet: bool) -> None:
    if turn.followers == followers:
        return
    turn.followers = followers
    if quiet:
        return
    changed(turn)
    db.session.flush()  # subscribers read it by its id
    publish(TurnChanged(turn.id))


def _as_shown(community_id: UUID, people: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return people as other cities may see them: by their id in the community, with the name they allowed."""
    records = db.session.scalars(
        select(MembershipRecord).where(
            MembershipRecord.community_id == community_id, MembershipRecord.person_id.in_(people)
        )
    )
    return {
        record.person_id: {"uri": record.uri, "name": shown_name(record), "origin": record.person.origin}
        for record in records
    }
