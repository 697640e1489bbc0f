# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The forms of minutes."""

from marshmallow import fields, validate

from cop.base.audience import Audience
from cop.base.forms import CHOOSE, FormSchema, choice, line, paragraphs
from cop.base.i18n import N_
from cop.knowledge.schemas import LONGEST_BODY
from cop.knowledge.words import LICENCES
from cop.minutes.services.amending import LONGEST_AMENDMENT, LONGEST_REASON, MOST_DAYS

DAYS = N_("Please give 1 to 60 days.")


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
    #: what another version changed
    note = line(300, required=False)
    rev = revision()


class AskForm(FormSchema):
    """For how many days members can amend the draft."""

    days = fields.Integer(
        required=True,
        validate=validate.Range(1, MOST_DAYS, error=DAYS),
        error_messages={"required": DAYS, "invalid": DAYS},
    )


class AmendmentForm(FormSchema):
    """Another wording of a passage of revision `rev`, or a remark."""

    passage = fields.Integer(load_default=None, error_messages={"invalid": CHOOSE})
    text = paragraphs(LONGEST_AMENDMENT)
    rev = revision()


class DeclineForm(FormSchema):
    """Why an amendment isn't taken over."""

    reason = line(LONGEST_REASON)


class ReplaceForm(FormSchema):
    """A name that shall go."""

    name = line(200)
