# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The forms of meetings and topics."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, validate

from cop.base.audience import Audience
from cop.base.forms import CHOOSE, MISSING, FormSchema, choice, line, paragraphs
from cop.base.i18n import N_
from cop.meetings.models import Answer, Format
from cop.meetings.rules import LEAST_TITLE, MOST_PITCH, MOST_TITLE

MOST_PARTS = 30
MOST_LINKS = 10
LONGEST_DAY = 24 * 60
LONGEST_URL = 1000
MOST_DAYS = 365
#: beyond these, reckoning with days leaves the calendar
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2200, 1, 1)
DAY = N_("Please write the day as year-month-day: 2026-12-03.")
#: marks the part of the agenda for proposed topics
TOPICS_MARK = "*"
#: choice -> months or weeks between two meetings
REPEATS: Mapping[str, tuple[str, int]] = {
    "never": ("", 0),
    "week": ("week", 1),
    "two_weeks": ("week", 2),
    "month": ("month", 1),
    "two_months": ("month", 2),
    "three_months": ("month", 3),
    "six_months": ("month", 6),
}


class TopicForm(FormSchema):
    """A topic's words."""

    title = line(MOST_TITLE)
    pitch = paragraphs(MOST_PITCH, required=False)

    @staticmethod
    def _long_enough(title: str) -> None:
        if 0 < len(title) < LEAST_TITLE:
            raise ValidationError(N_("Please write a little more, a question works best."))

    title.validators.append(_long_enough)


class SupportForm(FormSchema):
    """For it, or not any more."""

    supported = fields.String(load_default="", validate=validate.OneOf(["1", ""], error=CHOOSE))


class DoneForm(FormSchema):
    """Done, or not after all."""

    done = fields.String(load_default="", validate=validate.OneOf(["1", ""], error=CHOOSE))


class AnswerForm(FormSchema):
    """Coming or not."""

    answer = choice(*Answer)


class Agenda(fields.String):
    """One part a line, minutes first: "10 Arrival"; a star at the end marks the part for proposed topics."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> Any:
        text = super()._deserialize(value, attr, data, **options)
        parts = [_part(" ".join(line.split())) for line in text.replace("\0", "").splitlines() if line.strip()]
        if len(parts) > MOST_PARTS:
            raise ValidationError(N_("Please write at most 30 lines."))
        return parts


def _part(text: str) -> dict[str, Any]:
    minutes, _space, title = text.partition(" ")
    kind = "leancoffee" if title.endswith(TOPICS_MARK) else "fixed"
    title = title.removesuffix(TOPICS_MARK).strip()
    known = minutes.isascii() and minutes.isdigit() and len(minutes) <= len(str(LONGEST_DAY))
    if not known or not 0 < int(minutes) <= LONGEST_DAY or not 0 < len(title) <= MOST_TITLE:
        raise ValidationError(N_("Please begin each line with its minutes, for example “10 Arrival”."))
    return {"kind": kind, "title": title, "minutes": int(minutes)}


def agenda_text(agenda: Sequence[Mapping[str, Any]]) -> str:
    """Return an agenda as the form shows it."""
    marks = {"leancoffee": f" {TOPICS_MARK}"}
    return "\n".join(f"{part['minutes']} {part['title']}{marks.get(part['kind'], '')}" for part in agenda)


class Links(fields.String):
    """One address a line."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> Any:
        urls = [line.strip() for line in super()._deserialize(value, attr, data, **options).splitlines()]
        urls = [url for url in urls if url]
        if len(urls) > MOST_LINKS or any(len(url) > LONGEST_URL for url in urls):
            raise ValidationError(N_("These are too many links, or too long ones."))
        return urls


def _number(least: int, most: int) -> fields.Integer:
    sentence = N_("Please write a number that fits.")
    return fields.Integer(
        required=True,
        validate=validate.Range(least, most, error=sentence),
        error_messages={"required": MISSING, "invalid": sentence, "too_large": sentence},
    )


class MeetingForm(FormSchema):
    """A meeting as a coordinator plans or changes it."""

    title = line(MOST_TITLE)
    starts_on = fields.Date(
        required=True,
        validate=validate.Range(FIRST_DAY, LAST_DAY, error=DAY),
        error_messages={"required": MISSING, "invalid": DAY},
    )
    starts_at = fields.Time(
        format="%H:%M",
        required=True,
        error_messages={"required": MISSING, "invalid": N_("Please write the hour like 10:00.")},
    )
    minutes = _number(10, LONGEST_DAY)
    format = choice(*Format)
    place = line(200, required=False)
    description = paragraphs(4000, required=False)
    audience = choice(*Audience)
    opens_days_before = _number(0, MOST_DAYS)
    closes_days_before = _number(0, MOST_DAYS)
    agenda = Agenda(load_default=list)
    links = Links(load_default=list)
    video_room = line(40, required=False)


class PlanForm(MeetingForm):
    """A new meeting, or the first of a series."""

    repeat = choice(*REPEATS)
    first_number = _number(1, 9999)
