# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Minutes that a moderator of another city hands in."""

from collections.abc import Mapping
from typing import Any

from cop.base.audience import Audience
from cop.communities.rules import Membership
from cop.knowledge.words import DEFAULT_LICENCE
from cop.meetings.models import Meeting
from cop.minutes.services import publish_for


def take_minutes(meeting: Meeting, member: Membership, facts: Mapping[str, Any]) -> None:
    """Publish what was handed in, or correct what was published."""
    publish_for(
        meeting,
        member,
        body=facts["body"],
        audience=Audience(facts["audience"]),
        licence=facts["licence"] or DEFAULT_LICENCE,
        note=facts["note"],
    )
