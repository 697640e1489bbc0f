# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What happens here becomes words to other cities, in the same transaction and only for things whose home is here."""

from flask import Flask

from cop.base.db import db
from cop.base.events import subscribe
from cop.base.instance import is_ours
from cop.base.pending import RequestMade
from cop.communities.events import CommunityChanged, JoinRefused, MemberJoined, MemberLeft
from cop.communities.models import Community, MembershipRecord
from cop.knowledge.events import ArticleCorrected, ArticlePublished, ArticleWithdrawn
from cop.knowledge.models import Article
from cop.meetings.events import (
    MeetingCancelled,
    MeetingChanged,
    MeetingEnded,
    MeetingPlanned,
    RoomLinksChanged,
    TopicChanged,
    TopicWithdrawn,
)
from cop.meetings.models import Meeting, Topic
from cop.rotation.events import TurnAssigned, TurnChanged
from cop.rotation.models import Assignment
from cop.sharing.copies import resume_copies
from cop.sharing.events import KeysChanged, LevelsChanged, PeerAsked, PeerConnected, PeerEnded, PeerKeysChanged
from cop.sharing.outgoing.answers import answer_member, send_links
from cop.sharing.outgoing.cities import connect, give, introduce, introduce_to_all, part
from cop.sharing.outgoing.relay import forget_proved
from cop.sharing.outgoing.things import tell, tell_all_of, tell_gone
from cop.sharing.queries import receivers_of, shown_to
from cop.sharing.readings import read_anew
from cop.sharing.requests import send_request
from cop.sharing.rules import Trust
from cop.sharing.services import forget_what_passes, note

MeetingNews = MeetingPlanned | MeetingChanged | MeetingCancelled | MeetingEnded


def listen(app: Flask) -> None:
    """Subscribe to all that other cities may need to know."""
    for event in (MeetingPlanned, MeetingChanged, MeetingCancelled, MeetingEnded):
        subscribe(app, event, _tell_meeting, in_transaction=True)
    subscribe(app, CommunityChanged, _tell_community, in_transaction=True)
    subscribe(app, MemberJoined, _tell_of_member, in_transaction=True)
    subscribe(app, MemberLeft, _tell_of_member, in_transaction=True)
    subscribe(app, JoinRefused, _tell_of_member, in_transaction=True)
    subscribe(app, RoomLinksChanged, _tell_links, in_transaction=True)
    subscribe(app, TopicChanged, _tell_topic, in_transaction=True)
    subscribe(app, TopicWithdrawn, _tell_topic_gone, in_transaction=True)
    subscribe(app, TurnAssigned, _tell_turn, in_transaction=True)
    subscribe(app, TurnChanged, _tell_turn, in_transaction=True)
    subscribe(app, ArticlePublished, _tell_article, in_transaction=True)
    subscribe(app, ArticleCorrected, _tell_article, in_transaction=True)
    subscribe(app, ArticleWithdrawn, _tell_article_gone, in_transaction=True)
    subscribe(app, RequestMade, send_request, in_transaction=True)
    subscribe(app, PeerAsked, _note_asked, in_transaction=True)
    subscribe(app, PeerConnected, _connect, in_transaction=True)
    subscribe(app, LevelsChanged, _give, in_transaction=True)
    subscribe(app, KeysChanged, _say_keys, in_transaction=True)
    subscribe(app, PeerKeysChanged, _say_believed, in_transaction=True)
    subscribe(app, PeerEnded, _part, in_transaction=True)


def _tell_community(event: CommunityChanged) -> None:
    community = db.session.get_one(Community, event.community_id)
    if not is_ours(community.origin):
        return
    tell(community)
    if shown_to(community.uri) != receivers_of(community):
        # its audience changed: what it holds follows
        tell_all_of(community, takes_back=True)


def _tell_of_member(event: MemberJoined | MemberLeft | JoinRefused) -> None:
    record = db.session.get_one(MembershipRecord, event.membership_id)
    if is_ours(record.community.origin) and not is_ours(record.person.origin):
        if not isinstance(event, MemberLeft):
            answer_member(record)
        tell_all_of(record.community, takes_back=True)


def _tell_meeting(event: MeetingNews) -> None:
    meeting = db.session.get_one(Meeting, event.meeting_id)
    tell(meeting)
    if isinstance(event, MeetingChanged) and is_ours(meeting.origin) and shown_to(meeting.uri) != receivers_of(meeting):
        # its audience changed: its topics and turns follow
        tell_all_of(meeting.community, takes_back=True)


def _tell_links(event: RoomLinksChanged) -> None:
    meeting = db.session.get_one(Meeting, event.meeting_id)
    if is_ours(meeting.origin):
        send_links(meeting)


def _tell_topic(event: TopicChanged) -> None:
    tell(db.session.get_one(Topic, event.topic_id))


def _tell_topic_gone(event: TopicWithdrawn) -> None:
    tell_gone(db.session.get_one(Topic, event.topic_id))


def _tell_turn(event: TurnAssigned | TurnChanged) -> None:
    tell(db.session.get_one(Assignment, event.assignment_id))


def _tell_article(event: ArticlePublished | ArticleCorrected) -> None:
    tell(db.session.get_one(Article, event.article_id))


def _tell_article_gone(event: ArticleWithdrawn) -> None:
    tell_gone(db.session.get_one(Article, event.article_id))


def _note_asked(event: PeerAsked) -> None:
    note(Trust.ASKED, event.origin)


def _connect(event: PeerConnected) -> None:
    resume_copies(event.origin)
    connect(event.origin)


def _give(event: LevelsChanged) -> None:
    give(event.origin)
    read_anew(event.origin)


def _say_keys(event: KeysChanged) -> None:
    introduce_to_all()


def _say_believed(event: PeerKeysChanged) -> None:
    introduce(event.origin)


def _part(event: PeerEnded) -> None:
    forget_what_passes(event.origin)
    forget_proved(event.origin)
    if event.by_us:
        part(event.origin)
    else:
        note(Trust.PARTED, event.origin)
