# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What administrators send."""

from marshmallow import fields, validate

from cop.base.forms import CHOOSE, MISSING, FormSchema
from cop.sharing.rules import READ, WORK

LONGEST_INVITATION = 2000


class InvitationForm(FormSchema):
    """A pasted invitation."""

    invitation = fields.String(
        required=True,
        validate=validate.Length(min=1, max=LONGEST_INVITATION, error=MISSING),
        error_messages={"required": MISSING},
    )


class LevelForm(FormSchema):
    """That the codes were compared, and what is shared."""

    compared = fields.Boolean(
        required=True, validate=validate.Equal(True, error=CHOOSE), error_messages={"required": CHOOSE}
    )
    level = fields.Integer(
        required=True, validate=validate.OneOf([READ, WORK], error=CHOOSE), error_messages={"required": CHOOSE}
    )


class OfferForm(LevelForm, InvitationForm):
    """Taking up an invitation."""
