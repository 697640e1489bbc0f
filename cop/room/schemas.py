# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The forms of a room."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, validate

from cop.base.forms import CHOOSE, FormSchema, choice, line, paragraphs
from cop.meetings.rules import MOST_ACTION, MOST_OWNER, MOST_TITLE
from cop.room.rules.dots import MOST_BUDGET
from cop.room.rules.timebox import Thumb
from cop.room.services.notes import LONGEST_LINE, LONGEST_NOTES

LONGEST_ID = 36


class Day(fields.Date):
    """A day, or none."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> Any:
        return super()._deserialize(value, attr, data, **options) if value else None


class CardForm(FormSchema):
    """Which topic."""

    card = line(LONGEST_ID)


class NextForm(FormSchema):
    """Which topic; none for the next."""

    card = line(LONGEST_ID, required=False)


class MoveForm(CardForm):
    """Which topic, and where to."""

    up = fields.Boolean(required=True)


class MergeForm(CardForm):
    """Which topic goes into which."""

    into = line(LONGEST_ID)


class DotsForm(CardForm):
    """How many of one's dots lie on a topic."""

    number = fields.Integer(required=True, validate=validate.Range(0, MOST_BUDGET, error=CHOOSE))


class ThumbForm(FormSchema):
    """More time, or not."""

    thumb = choice(*Thumb)


class PhaseForm(FormSchema):
    """Which part of the run-sheet; none for the next."""

    phase = line(LONGEST_ID, required=False)


class MovePhaseForm(FormSchema):
    """Which part of the run-sheet, and where to."""

    phase = line(LONGEST_ID)
    up = fields.Boolean(required=True)


class TitleForm(FormSchema):
    """A new topic."""

    title = line(MOST_TITLE)


class NotesForm(CardForm):
    """Notes on a topic; none takes them away."""

    text = paragraphs(LONGEST_NOTES, required=False)


class LineForm(FormSchema):
    """One sentence."""

    text = line(LONGEST_LINE)


class DecisionForm(CardForm):
    """What was decided on a topic."""

    text = line(LONGEST_LINE)


class ActionForm(FormSchema):
    """Who does what by when, and from which topic it comes."""

    text = line(MOST_ACTION)
    owner = line(MOST_OWNER, required=False)
    due = Day(load_default=None)
    card = line(LONGEST_ID, required=False)


class ActionIdForm(FormSchema):
    """Which task."""

    action = line(LONGEST_ID)


class PersonForm(FormSchema):
    """Who moderates from now on, or helps."""

    to = fields.UUID(required=True)
    helps = fields.Boolean(load_default=False)
