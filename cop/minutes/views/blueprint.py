# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The blueprint, and whose minutes they are."""

from uuid import UUID

from flask import Blueprint

from cop.accounts.session import require_account
from cop.base.db import get_or_404
from cop.communities.rules import Membership
from cop.communities.services import require_member
from cop.meetings.models import Meeting

views = Blueprint("minutes", __name__, url_prefix="/meetings/<uuid:meeting_id>/minutes", template_folder="../templates")
Page = tuple[str, int]


def meeting_of_member(meeting_id: UUID) -> tuple[Meeting, Membership]:
    """Return a meeting and the reader's membership.

    Raises:
        NotFound: when there is no such meeting, or not for this person.
        Forbidden: for those who aren't members.
    """
    meeting = get_or_404(Meeting, meeting_id)
    return meeting, require_member(meeting.community_id, require_account().person_id)
