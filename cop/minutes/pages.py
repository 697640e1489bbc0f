# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What minutes add to the pages of their article and their meeting."""

from uuid import UUID

from flask import render_template, url_for
from markupsafe import Markup

from cop.base.clock import now
from cop.base.errors import Forbidden, NotFound
from cop.base.html import render_markdown
from cop.base.i18n import _
from cop.communities.pages import Action
from cop.communities.rules import Membership
from cop.communities.services import require_member
from cop.knowledge.models import Article, ArticleKind
from cop.knowledge.queries import about
from cop.meetings.models import OVER, Meeting, MeetingState
from cop.meetings.queries import meeting_by_uri
from cop.minutes import queries, services


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


def hidden_part(article: Article, person_id: UUID | None) -> Markup:
    """Show members the passages that nobody else gets."""
    if article.kind != ArticleKind.MINUTES or article.community_id is None or person_id is None:
        return Markup()
    minutes = queries.minutes_with(article.id)
    if minutes is None or not minutes.hidden or not _is_member(article.community_id, person_id):
        return Markup()
    rendered = render_template("minutes/_hidden.html", text=render_markdown(minutes.hidden, remote=False))
    return Markup(rendered)  # noqa: S704  the template escapes


def _is_member(community_id: UUID, person_id: UUID) -> bool:
    try:
        require_member(community_id, person_id)
    except (Forbidden, NotFound):
        return False
    return True


def during_meeting(meeting: Meeting, membership: Membership | None) -> Markup:
    """Lead who writes the minutes from a meeting that has begun to the editor."""
    if membership is None or meeting.state in OVER or now() < meeting.starts_at:
        return Markup()
    if not services.may_write(meeting, membership):
        return Markup()
    return Markup(render_template("minutes/_during.html", meeting=meeting))  # noqa: S704  the template escapes


def after_meeting(meeting: Meeting, membership: Membership | None, person_id: UUID) -> Action | None:
    """Lead from a meeting that is over to its minutes: to read them, or to write them."""
    if meeting.state not in OVER:
        return None
    article = about(meeting.uri, person_id)
    if article is not None:
        return Action(_("Read the minutes"), url_for("knowledge.article", article_id=article.id))
    if membership is None or meeting.state == MeetingState.CANCELLED:
        return None
    if not services.may_write(meeting, membership):
        return _amending(meeting, membership)
    return Action(_("Write the minutes"), url_for("minutes.edit", meeting_id=meeting.id))


def _amending(meeting: Meeting, membership: Membership) -> Action | None:
    """Lead a member to a draft that can be amended."""
    minutes = queries.minutes_of(meeting.id)
    if not services.may_read_draft(meeting, membership, minutes) or not services.takes_amendments(minutes):
        return None
    return Action(_("Amend the minutes"), url_for("minutes.amendments", meeting_id=meeting.id))
