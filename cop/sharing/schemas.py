# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What administrators send."""

from marshmallow import fields, validate

from cop.base.forms import CHOOSE, MISSING, FormSchema, choice, line
from cop.sharing.models import Copies
from cop.sharing.rules import READ, WORK
from federation.keys import Purpose
from federation.ports import Level

LONGEST_INVITATION = 2000
LINE = 200
LONGEST_ID = 1000


def choice_of_key() -> fields.String:
    """Return a field for the id of a key."""
    return fields.String(
        required=True, validate=validate.Length(1, LONGEST_ID, error=CHOOSE), error_messages={"required": CHOOSE}
    )


def _level() -> fields.Integer:
    return fields.Integer(
        required=True, validate=validate.OneOf(list(Level), error=CHOOSE), error_messages={"required": CHOOSE}
    )


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


class NewKeyForm(FormSchema):
    """Which key, and that its code was compared."""

    key = choice_of_key()
    compared = fields.Boolean(
        required=True, validate=validate.Equal(True, error=CHOOSE), error_messages={"required": CHOOSE}
    )


class KeyForm(FormSchema):
    """Which key."""

    key = choice_of_key()


class PurposeForm(FormSchema):
    """What a new key is for."""

    purpose = choice(*Purpose)


class SureForm(FormSchema):
    """That somebody is sure."""

    sure = fields.Boolean(
        required=True, validate=validate.Equal(True, error=CHOOSE), error_messages={"required": CHOOSE}
    )


class LevelsForm(FormSchema):
    """How far a partner city is trusted in each direction."""

    level_in = _level()
    level_out = _level()


class CopiesForm(FormSchema):
    """What becomes of what came from a city; to delete it, the city is named once more."""

    copies = choice(*Copies)
    sure = line(LINE, required=False)


class QuarantineForm(FormSchema):
    """Since when, by this city's clock, and whether what comes from now on waits, too."""

    since = fields.NaiveDateTime(
        required=True, format="%Y-%m-%dT%H:%M", error_messages={"required": MISSING, "invalid": MISSING}
    )
    arrivals = choice("wait", "pass")


class NamedForm(FormSchema):
    """A city, named once more."""

    named = line(LINE, required=False)


class OfferForm(LevelForm, InvitationForm):
    """Taking up an invitation."""
