# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The forms of articles."""

from uuid import UUID

from marshmallow import ValidationError, fields

from cop.base.audience import Audience
from cop.base.forms import CHOOSE, FormSchema, choice, line, paragraphs
from cop.base.i18n import LOCALES
from cop.knowledge.models import ArticleKind
from cop.knowledge.words import LICENCES

LONGEST_BODY = 100_000
#: minutes are written and corrected at their meeting
WRITABLE = tuple(kind for kind in ArticleKind if kind != ArticleKind.MINUTES)


def _id_or_none(value: str) -> UUID | None:
    try:
        return UUID(value) if value else None
    except ValueError as error:
        raise ValidationError(CHOOSE) from error


class CorrectionForm(FormSchema):
    """What can be corrected, of the text as it was at `rev`."""

    title = line(200)
    body = paragraphs(LONGEST_BODY)
    tags = line(800, required=False)
    licence = choice(*LICENCES)
    audience = choice(*Audience)
    note = line(300, required=False)
    rev = fields.Integer(required=True, error_messages={"required": CHOOSE, "invalid": CHOOSE})
    #: which button was pressed
    do = fields.String(load_default="")


class ArticleForm(FormSchema):
    """A new article."""

    kind = choice(*WRITABLE)
    title = line(200)
    body = paragraphs(LONGEST_BODY)
    tags = line(800, required=False)
    locale = choice(*LOCALES)
    licence = choice(*LICENCES)
    audience = choice(*Audience)
    community = fields.Function(deserialize=_id_or_none, load_default=None)
    do = fields.String(load_default="")
