# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What can be searched: each source knows its table and asks its feature who may see what."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Flask, current_app, url_for
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from cop.base.audience import Audience
from cop.base.db import db
from cop.base.i18n import N_
from cop.communities.models import Community
from cop.communities.queries import has_member
from cop.communities.queries import visible_to as community_visible_to
from cop.knowledge.models import Article, ArticleKind
from cop.knowledge.queries import readable_by
from cop.knowledge.words import KINDS
from cop.meetings.models import Meeting, Topic, TopicState
from cop.meetings.queries import visible_to as meeting_visible_to
from cop.search.rules import passage

#: of each source
MOST_HITS = 20
SOURCES = "cop.search.sources"


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was found; `kind` is a marked sentence."""

    title: str
    url: str
    origin: str
    audience: str
    locale: str
    kind: str
    passage: str
    when: datetime | None = None


@dataclass(frozen=True, slots=True)
class SearchSource:
    """A part of the answer; `label` is a marked sentence, `find` gets the reader and the words."""

    key: str
    label: str
    find: Callable[[UUID, Sequence[str]], list[Hit]]


def add_source(app: Flask, source: SearchSource) -> None:
    """Let something be searched; sources answer in the order in which they were added."""
    app.extensions.setdefault(SOURCES, []).append(source)


def sources() -> list[SearchSource]:
    found: list[SearchSource] = current_app.extensions[SOURCES]
    return found


def has_all(words: Sequence[str], *columns: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Return the condition that each word stands in one of the columns, whatever its capitals."""
    return and_(True, *(or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in words))


def articles(person_id: UUID, words: Sequence[str]) -> list[Hit]:
    found = db.session.scalars(
        select(Article)
        .where(readable_by(person_id), has_all(words, Article.title, Article.body))
        .order_by(Article.published_at.desc(), Article.id.desc())
        .limit(MOST_HITS)
    )
    return [
        Hit(
            article.title,
            url_for("knowledge.article", article_id=article.id),
            article.origin,
            article.audience,
            article.locale,
            KINDS[ArticleKind(article.kind)],
            passage(article.body, words),
            article.published_at,
        )
        for article in found
    ]


def meetings(person_id: UUID, words: Sequence[str]) -> list[Hit]:
    found = db.session.scalars(
        select(Meeting)
        .where(meeting_visible_to(person_id), has_all(words, Meeting.title, Meeting.description))
        .order_by(Meeting.starts_at.desc(), Meeting.id.desc())
        .limit(MOST_HITS)
    )
    return [
        Hit(
            meeting.title,
            url_for("meetings.show", meeting_id=meeting.id),
            meeting.origin,
            meeting.audience,
            meeting.locale,
            N_("Meeting"),
            passage(meeting.description, words),
            meeting.starts_at,
        )
        for meeting in found
    ]


def topics(person_id: UUID, words: Sequence[str]) -> list[Hit]:
    """Find topics of the reader's own communities: nobody else has them."""
    found = db.session.scalars(
        select(Topic)
        .join(Topic.community)
        .where(has_member(person_id), Topic.state != TopicState.WITHDRAWN, has_all(words, Topic.title, Topic.pitch))
        .order_by(Topic.proposed_at.desc(), Topic.id.desc())
        .limit(MOST_HITS)
    )
    return [
        Hit(
            topic.title,
            _address(topic),
            topic.origin,
            Audience.COMMUNITY,
            topic.locale,
            N_("Topic"),
            passage(topic.pitch, words),
            topic.proposed_at,
        )
        for topic in found
    ]


def communities(person_id: UUID, words: Sequence[str]) -> list[Hit]:
    found = db.session.scalars(
        select(Community)
        .where(community_visible_to(person_id), has_all(words, Community.name, Community.domain))
        .order_by(Community.name, Community.id)
        .limit(MOST_HITS)
    )
    return [
        Hit(
            community.name,
            url_for("communities.overview", community_id=community.id),
            community.origin,
            community.visibility,
            community.locale,
            N_("Community"),
            community.domain,
        )
        for community in found
    ]


def add_sources(app: Flask) -> None:
    """Let everything be searched that this version knows."""
    table: Sequence[tuple[str, str, Any]] = (
        ("articles", N_("Knowledge"), articles),
        ("meetings", N_("Meetings"), meetings),
        ("topics", N_("Topics"), topics),
        ("communities", N_("Communities"), communities),
    )
    for key, label, find in table:
        add_source(app, SearchSource(key, label, find))


def _address(topic: Topic) -> str:
    if topic.meeting_id is None:
        return url_for("meetings.backlog", community_id=topic.community_id)
    return url_for("meetings.show", meeting_id=topic.meeting_id, _anchor=f"topic-{topic.id}")
