# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the forms of articles may send."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marshmallow import RAISE, Schema, ValidationError, fields, pre_load, validate

from cop.base.audience import Audience
from cop.base.errors import Invalid
from cop.base.i18n import LOCALES, N_
from cop.knowledge.models import ArticleKind
from cop.knowledge.words import LICENCES

LONGEST_TITLE = 200
LONGEST_BODY = 100_000
LONGEST_NOTE = 300
#: what the buttons of a form are called, and the token that the guard has checked already
BESIDE_THE_FORM = frozenset({"csrf_token", "do"})

#: PostgreSQL takes no NUL, and no text needs the others; direction marks make a title look like another
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")


class Words(fields.String):
    """A line of text, without controls and direction marks."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **more)
        return " ".join(_DIRECTIONS.sub("", _CONTROLS.sub(" ", text)).split())


class Prose(fields.String):
    """A text of many lines; line ends as we keep them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **more)
        return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


class Form(Schema):
    """A form: what it doesn't know it refuses."""

    class Meta:
        unknown = RAISE

    @pre_load
    def _only_fields(self, sent: Mapping[str, str], **more: Any) -> dict[str, str]:
        return {name: value for name, value in sent.items() if name not in BESIDE_THE_FORM}

    def read(self, sent: Mapping[str, str]) -> dict[str, Any]:
        """Return the values.

        Raises:
            Invalid: with a marked sentence for each field.
        """
        try:
            values: dict[str, Any] = self.load(sent)
        except ValidationError as error:
            raise Invalid(
                {name: [str(line) for line in lines] for name, lines in error.messages_dict.items()}
            ) from error
        return values


def filled(sentence: str, longest: int) -> list[Any]:
    """Return validators for a text that must be there and not be too long; `sentence` says how to mend it."""
    return [
        validate.Length(min=1, error=sentence),
        validate.Length(max=longest, error=N_("This is too long. Please shorten it.")),
    ]


CHOOSE = N_("Please choose one.")
CHOICE: dict[str, Any] = {"required": CHOOSE, "invalid": CHOOSE, "unknown": CHOOSE}


def one_of(*options: str) -> validate.OneOf:
    return validate.OneOf(options, error=CHOOSE)


def _id_or_none(value: str) -> UUID | None:
    try:
        return UUID(value) if value else None
    except ValueError as error:
        raise ValidationError(CHOOSE) from error


class CorrectionInput(Form):
    """What an author may change later."""

    title = Words(load_default="", validate=filled(N_("Please give it a title."), LONGEST_TITLE))
    body = Prose(load_default="", validate=filled(N_("Please write the text."), LONGEST_BODY))
    tags = Words(load_default="", validate=validate.Length(max=800, error=N_("This is too long. Please shorten it.")))
    audience = fields.Enum(Audience, by_value=True, required=True, error_messages=CHOICE)
    licence = fields.String(required=True, validate=one_of(*LICENCES), error_messages=CHOICE)


class ArticleInput(CorrectionInput):
    """A new article."""

    kind = fields.Enum(ArticleKind, by_value=True, required=True, error_messages=CHOICE)
    locale = fields.String(required=True, validate=one_of(*LOCALES), error_messages=CHOICE)
    community = fields.Function(deserialize=_id_or_none, load_default=None)

    @pre_load
    def _no_minutes(self, sent: Mapping[str, str], **more: Any) -> Mapping[str, str]:
        if sent.get("kind") == ArticleKind.MINUTES:
            raise ValidationError(N_("Minutes are published from their meeting."), "kind")
        return sent


class EditInput(CorrectionInput):
    """A correction of what was read at one revision."""

    note = Words(
        load_default="", validate=validate.Length(max=LONGEST_NOTE, error=N_("This is too long. Please shorten it."))
    )
    rev = fields.Integer(required=True, error_messages=CHOICE)
