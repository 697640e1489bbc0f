# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What somebody sees who opens what only members see: the way to become one."""

from flask import url_for

from cop.accounts.session import require_account
from cop.base.db import get_or_404
from cop.base.i18n import _, translated
from cop.base.web import error_page
from cop.communities.models import Community
from cop.communities.pages import reader_of
from cop.communities.rules import JoinMode, MemberState
from cop.communities.services.permission import MembersOnly


def members_only(problem: MembersOnly) -> tuple[str, int]:
    """Offer to ask, where one can and did not yet; else the community's page, which says how one becomes a member."""
    community = get_or_404(Community, problem.community_id)
    asked = reader_of(community, require_account().person_id).state == MemberState.ASKED
    if asked or community.join_mode == JoinMode.INVITE:
        way = (_("To the community"), url_for("communities.overview", community_id=community.id))
    else:
        way = (_("Ask to join"), url_for("communities.join_form", community_id=community.id))
    return error_page(problem.status, translated(problem.sentence), way=way)
