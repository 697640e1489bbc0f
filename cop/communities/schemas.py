# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The forms of communities."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from cop.base.audience import Audience
from cop.base.forms import FormSchema, choice, line, paragraphs, sentences
from cop.base.i18n import LOCALES, N_
from cop.communities.models import JoinMode, Kind

#: kinds that one founds by oneself; subgroups and circles come out of a community
KINDS = (Kind.COP, Kind.COI, Kind.LEADER_NETWORK, Kind.FORUM)


class CommunityForm(FormSchema):
    """Facts and charter of a community."""

    kind = choice(*Kind)
    name = line(200)
    domain = line(500)
    rhythm = line(200, required=False)
    locale = choice(*LOCALES)
    visibility = choice(*Audience)
    join_mode = choice(*JoinMode)
    purpose = paragraphs(4000)
    goals = sentences()
    success_criteria = sentences()
    ground_rules = sentences()


class JoinForm(FormSchema):
    """What other cities may see of a new member."""

    shows_name = fields.Boolean(
        required=True,
        truthy={"yes"},
        falsy={"no"},
        error_messages={"required": N_("Please choose an answer."), "invalid": N_("Please choose an answer.")},
    )
    role_title = line(100, required=False)
    invitation = line(500, required=False)

    @validates_schema
    def _needs_something_to_show(self, said: dict[str, Any], **options: Any) -> None:
        if said.get("shows_name") is False and not said.get("role_title"):
            raise ValidationError(N_("Please say what you do: it is shown instead of your name."), "role_title")


class RefusalForm(FormSchema):
    """Why a coordinator says no."""

    reason = paragraphs(1000, required=False)


class RoleForm(FormSchema):
    """What a member may do."""

    role = choice("member", "coordinator")
