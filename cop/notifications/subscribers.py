# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which news become mails. All run in the transaction: no news without its mail row, no mail without its news."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from flask import Flask

from cop.base.clock import now
from cop.base.db import db
from cop.base.events import subscribe
from cop.base.instance import is_ours
from cop.communities.events import JoinAsked, JoinRefused, MemberJoined
from cop.communities.models import Community, MembershipRecord
from cop.communities.queries import coordinators_of, members_of
from cop.communities.rules import JoinMode, Role
from cop.knowledge.events import ArticlePublished
from cop.knowledge.models import Article, ArticleKind
from cop.meetings.events import MeetingCancelled, MeetingPlanned
from cop.meetings.models import Meeting
from cop.minutes.events import AmendmentsAsked
from cop.notifications import letters
from cop.notifications.models import Kind
from cop.notifications.services import write_to
from cop.rotation.events import TurnAssigned
from cop.rotation.models import Assignment
from cop.rotation.reading import shown

#: older minutes that arrive as copies are no news
NEWS = timedelta(days=14)


def listen(app: Flask) -> None:
    """Subscribe to all that people get mails about."""
    subscribe(app, TurnAssigned, tell_turn, in_transaction=True)
    subscribe(app, JoinAsked, tell_coordinators, in_transaction=True)
    subscribe(app, MemberJoined, tell_joined, in_transaction=True)
    subscribe(app, JoinRefused, tell_refused, in_transaction=True)
    subscribe(app, MeetingPlanned, tell_planned, in_transaction=True)
    subscribe(app, MeetingCancelled, tell_cancelled, in_transaction=True)
    subscribe(app, ArticlePublished, tell_minutes, in_transaction=True)
    subscribe(app, AmendmentsAsked, tell_draft, in_transaction=True)


def tell_turn(event: TurnAssigned) -> None:
    turn = db.session.get_one(Assignment, event.assignment_id)
    if turn.person is None or not is_ours(turn.person.origin) or turn.occasion_at <= now():
        return
    community = db.session.get_one(Community, turn.community_id)
    mine = shown([turn], turn.person.id)[0]
    write_to([turn.person.id], Kind.TURN, lambda: letters.turn_assigned(mine, community))


def tell_coordinators(event: JoinAsked) -> None:
    record = db.session.get_one(MembershipRecord, event.membership_id)
    coordinators = [other.person_id for other in coordinators_of(record.community_id)]
    write_to(coordinators, Kind.JOIN_ASKED, lambda: letters.join_asked(record))


def tell_joined(event: MemberJoined) -> None:
    """Tell whoever had to wait; who founded it or joined by a click knows already."""
    record = db.session.get_one(MembershipRecord, event.membership_id)
    by_a_click = is_ours(record.community.origin) and record.community.join_mode == JoinMode.OPEN
    if by_a_click or record.role == Role.COORDINATOR:
        return
    write_to([record.person_id], Kind.JOIN_ANSWERED, lambda: letters.joined(record))


def tell_refused(event: JoinRefused) -> None:
    record = db.session.get_one(MembershipRecord, event.membership_id)
    write_to([record.person_id], Kind.JOIN_ANSWERED, lambda: letters.refused(record))


def tell_planned(event: MeetingPlanned) -> None:
    meeting = db.session.get_one(Meeting, event.meeting_id)
    if meeting.starts_at > now():
        write_to(_members(meeting.community_id), Kind.MEETING_PLANNED, lambda: letters.meeting_planned(meeting))


def tell_cancelled(event: MeetingCancelled) -> None:
    meeting = db.session.get_one(Meeting, event.meeting_id)
    if meeting.starts_at > now():
        write_to(_members(meeting.community_id), Kind.MEETING_CANCELLED, lambda: letters.meeting_cancelled(meeting))


def tell_minutes(event: ArticlePublished) -> None:
    article = db.session.get_one(Article, event.article_id)
    community = article.community
    if article.kind != ArticleKind.MINUTES or community is None or article.published_at < now() - NEWS:
        return
    readers = [person_id for person_id in _members(community.id) if person_id != article.author_id]
    write_to(readers, Kind.MINUTES, lambda: letters.minutes_published(article, community))


def tell_draft(event: AmendmentsAsked) -> None:
    meeting = db.session.get_one(Meeting, event.meeting_id)
    write_to(_members(meeting.community_id), Kind.MINUTES, lambda: letters.draft_readable(meeting))


def _members(community_id: UUID) -> Sequence[UUID]:
    """Return the members of this city; each city writes to its own people."""
    return [record.person_id for record in members_of(community_id) if is_ours(record.person.origin)]
