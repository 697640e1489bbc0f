# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who does what by when, as members read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, select

from cop.accounts.queries import known_cities
from cop.base.db import db
from cop.communities.models import Community
from cop.meetings.models import ActionItem


@dataclass(frozen=True, slots=True)
class ActionRow:
    """An action; `owner` is a name, a city's name, or empty."""

    action_id: UUID
    meeting_id: UUID
    topic_id: UUID | None
    topic: str
    text: str
    owner: str
    due_on: date | None
    done: bool


def open_actions(community: Community) -> list[ActionRow]:
    """Return what a community still wants to do, what is due first, then in the order it was recorded."""
    found = _rows(ActionItem.community_id == community.id, ActionItem.done_at.is_(None))
    return sorted(found, key=lambda row: row.due_on or date.max)


def actions_of(meeting_id: UUID) -> list[ActionRow]:
    """Return what was agreed in a meeting, in the order it was recorded."""
    return _rows(ActionItem.meeting_id == meeting_id)


def _rows(*conditions: ColumnElement[bool]) -> list[ActionRow]:
    cities = known_cities()
    found: Sequence[ActionItem] = db.session.scalars(
        select(ActionItem).where(*conditions).order_by(ActionItem.recorded_at, ActionItem.id)
    ).all()
    return [_row(action, {origin: city.short for origin, city in cities.items()}) for action in found]


def _row(action: ActionItem, cities: dict[str, str]) -> ActionRow:
    city = cities.get(action.owner_city, action.owner_city) if action.owner_city else ""
    return ActionRow(
        action_id=action.id,
        meeting_id=action.meeting_id,
        topic_id=action.topic_id,
        topic=action.topic.title if action.topic else "",
        text=action.text,
        owner=action.owner.display_name if action.owner else city or action.owner_name,
        due_on=action.due_on,
        done=action.done_at is not None,
    )
