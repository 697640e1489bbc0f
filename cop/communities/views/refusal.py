# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What somebody sees who opens what only members see: the way to become one."""

from cop.accounts.session import require_account
from cop.base.db import get_or_404
from cop.base.i18n import translated
from cop.base.web import error_page
from cop.communities.models import Community
from cop.communities.pages import reader_of, way_in
from cop.communities.services.permission import MembersOnly


def members_only(problem: MembersOnly) -> tuple[str, int]:
    """Say why, and offer to ask."""
    community = get_or_404(Community, problem.community_id)
    way = way_in(community, reader_of(community, require_account().person_id))
    return error_page(problem.status, translated(problem.sentence), way=(way.label, way.url))
