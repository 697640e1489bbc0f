# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The forms of minutes."""

from marshmallow import fields

from cop.base.audience import Audience
from cop.base.forms import CHOOSE, FormSchema, choice, line, paragraphs
from cop.knowledge.schemas import LONGEST_BODY
from cop.knowledge.words import LICENCES


def revision() -> fields.Integer:
    return fields.Integer(required=True, error_messages={"required": CHOOSE, "invalid": CHOOSE})


class DraftForm(FormSchema):
    """The text, as it was written on revision `rev`."""

    body = paragraphs(LONGEST_BODY)
    rev = revision()
    #: which button was pressed: save, preview or publish
    do = choice("save", "preview", "publish")


class PublishForm(FormSchema):
    """Who shall read the text of revision `rev`."""

    audience = choice(*Audience)
    licence = choice(*LICENCES)
    rev = revision()


class ReplaceForm(FormSchema):
    """A name that shall go."""

    name = line(200)
