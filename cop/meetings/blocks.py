# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What meetings add to a community's page: the next meeting, its topics, and what members come for."""

from flask import render_template, url_for
from markupsafe import Markup

from cop.accounts.visitor import current_visitor, reader_id
from cop.base.clock import now
from cop.base.i18n import _
from cop.communities.models import Community
from cop.communities.pages import Action, Step
from cop.communities.rules import Membership
from cop.meetings import queries
from cop.meetings.models import Format
from cop.meetings.rules import Window, window
from cop.meetings.visiting import as_read
from cop.meetings.words import FORMATS

#: of the backlog on the overview
SHOWN_TOPICS = 3


def next_meeting(community: Community, membership: Membership | None) -> Markup:
    meeting = queries.next_meeting_of(community.id, reader_id())
    if meeting is None:
        return Markup()
    stands = window(meeting.collection_opens_at, meeting.collection_closes_at, now())
    collects = membership is not None and stands == Window.OPEN
    return _section("_next", meeting=meeting, format=FORMATS[Format(meeting.format)], open=collects)


def occasion(uri: str) -> Action | None:
    """Return the way to the meeting that turns are for."""
    meeting = queries.meeting_by_uri(uri)
    return Action(meeting.title, url_for("meetings.show", meeting_id=meeting.id)) if meeting is not None else None


def topics(community: Community, membership: Membership | None) -> Markup:
    if membership is None:
        return Markup()
    visits = current_visitor() is not None
    found = queries.backlog_of(community, membership.person_id, **({} if visits else {"limit": SHOWN_TOPICS}))
    rows = as_read(found, community.id)
    if not rows:
        return Markup()
    number = len(rows) if visits else count_topics(community)
    return _section("_topics", community=community, topics=rows[:SHOWN_TOPICS], number=number)


def propose_action(community: Community, membership: Membership) -> Action:
    """Lead to the next meeting's form, or to the backlog's when there is none."""
    meeting = queries.next_meeting_of(community.id, membership.person_id)
    if meeting is None:
        url = url_for("meetings.backlog", community_id=community.id, _anchor="propose")
    else:
        url = url_for("meetings.show", meeting_id=meeting.id, _anchor="propose")
    return Action(_("Propose a topic"), url, "add")


def first_meeting_step(community: Community, membership: Membership) -> Step:
    plan = Action(_("Plan a meeting"), url_for("meetings.plan_form", community_id=community.id))
    done = queries.count_meetings(community.id) > 0
    return Step(
        _("The first meeting"),
        _("Choose a day and collect topics. The next meetings then plan themselves."),
        done=done,
        action=plan if membership.coordinates and not done else None,
    )


def count_topics(community: Community) -> int:
    return queries.count_backlog(community.id)


def count_meetings(community: Community) -> int:
    return queries.count_meetings(community.id)


def _section(name: str, **values: object) -> Markup:
    return Markup(render_template(f"meetings/{name}.html", **values))  # noqa: S704  a template's answer
