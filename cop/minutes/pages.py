# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What minutes add to the page of their article."""

from uuid import UUID

from flask import render_template
from markupsafe import Markup

from cop.base.errors import Forbidden, NotFound
from cop.communities.services import require_member
from cop.knowledge.models import Article, ArticleKind
from cop.meetings.queries import meeting_by_uri
from cop.minutes import services


def meeting_of(article: Article, person_id: UUID | None) -> Markup:
    """Lead from the minutes to their meeting, and to the editor who writes them."""
    if article.kind != ArticleKind.MINUTES or article.about_uri is None or person_id is None:
        return Markup()
    meeting = meeting_by_uri(article.about_uri)
    if meeting is None:
        return Markup()
    try:
        writes = services.may_write(meeting, require_member(meeting.community_id, person_id))
    except (Forbidden, NotFound):
        return Markup()
    rendered = render_template("minutes/_meeting.html", meeting=meeting, writes=writes)
    return Markup(rendered)  # noqa: S704  the template escapes
