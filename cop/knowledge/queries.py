# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who may read what, and the lists of the pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, defer

from cop.accounts.models import Person
from cop.base.audience import SHOWN_TO_PEERS, Audience
from cop.base.db import db
from cop.base.errors import NotFound
from cop.base.i18n import N_
from cop.base.instance import this_city
from cop.communities.queries import has_member
from cop.knowledge.models import Article, ArticleKind, ArticleTag, Revision

PAGE = 30
MOST_CHIPS = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is narrowed to; `page` begins at 1."""

    kind: ArticleKind | None = None
    city: str = ""
    tag: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Choices:
    """What the list can be narrowed to, for this reader."""

    kinds: Sequence[ArticleKind]
    cities: Sequence[str]
    tags: Sequence[str]


def readable_by(
    person_id: UUID | None, audience: InstrumentedAttribute[Audience] = Article.audience
) -> ColumnElement[bool]:
    """Return the condition under which somebody may read an article; the one place that knows it.

    For one of its former versions give the `audience` that one had.

    What peers or the public may have, everybody may who is signed in, and
    nobody else but the public. Members of its community read all of it, and
    so does its author. `city` adds the staff of its home, if that is here.
    """
    if person_id is None:
        return audience == Audience.PUBLIC
    member = has_member(person_id, Article.community_id)
    here = this_city().origin
    staff = select(Person.id).where(Person.id == person_id, Person.origin == here).exists()
    return or_(
        audience.in_(SHOWN_TO_PEERS),
        member,
        Article.author_id == person_id,
        and_(audience == Audience.CITY, Article.origin == here, staff),
    )


def article_for(article_id: UUID, person_id: UUID | None) -> Article:
    """Return an article that somebody may read.

    Raises:
        NotFound: when there is none, or not for this person.
    """
    article = db.session.scalar(select(Article).where(Article.id == article_id, readable_by(person_id)))
    if article is None:
        raise NotFound(N_("This page does not exist."))
    return article


def articles_for(person_id: UUID, wanted: Wanted) -> tuple[list[Article], bool]:
    """Return a page of articles, newest first, without their texts, and whether there are more."""
    found = _newest(_narrowed(person_id, wanted)).offset((wanted.page - 1) * PAGE).limit(PAGE + 1)
    articles = list(db.session.scalars(found))
    return articles[:PAGE], len(articles) > PAGE


def choices_for(person_id: UUID) -> Choices:
    """Return kinds, cities and the most used tags of all that somebody may read."""
    mine = readable_by(person_id)
    kinds = db.session.scalars(select(Article.kind).where(mine).distinct())
    cities = db.session.scalars(select(Article.origin).where(mine).distinct().order_by(Article.origin))
    tags = db.session.scalars(
        select(ArticleTag.tag)
        .join(Article)
        .where(mine)
        .group_by(ArticleTag.tag)
        .order_by(func.count().desc(), ArticleTag.tag)
        .limit(MOST_CHIPS)
    )
    return Choices(sorted((ArticleKind(kind) for kind in kinds), key=list(ArticleKind).index), list(cities), list(tags))


def of_community(community_id: UUID, person_id: UUID | None, *, limit: int = PAGE) -> list[Article]:
    """Return a community's newest articles that somebody may read."""
    mine = select(Article).where(Article.community_id == community_id, readable_by(person_id))
    return list(db.session.scalars(_newest(mine).limit(limit)))


def count_of_community(community_id: UUID, person_id: UUID | None) -> int:
    """Return how many articles of a community somebody may read."""
    mine = select(func.count(Article.id)).where(Article.community_id == community_id, readable_by(person_id))
    return db.session.scalar(mine) or 0


def latest_from_partners(person_id: UUID, *, limit: int = 3) -> list[Article]:
    """Return the newest articles of other cities."""
    theirs = select(Article).where(Article.origin != this_city().origin, readable_by(person_id))
    return list(db.session.scalars(_newest(theirs).limit(limit)))


def about(uri: str, person_id: UUID | None) -> Article | None:
    """Return the newest article about a thing, a meeting's minutes for example."""
    return db.session.scalar(_newest(select(Article).where(Article.about_uri == uri, readable_by(person_id))).limit(1))


def revisions_of(article: Article, person_id: UUID | None) -> list[Revision]:
    """Return the versions of an article that somebody may read, the newest first, without their texts."""
    found = _revisions(article.id, person_id).options(defer(Revision.body))
    return list(db.session.scalars(found.order_by(Revision.version.desc())))


def revision_of(article: Article, version: int, person_id: UUID | None) -> Revision:
    """Return an article as it was at one version.

    Raises:
        NotFound: when that version isn't known here, or was not for this person.
    """
    revision = db.session.scalar(_revisions(article.id, person_id).where(Revision.version == version))
    if revision is None:
        raise NotFound(N_("This page does not exist."))
    return revision


def revision_before(revision: Revision, person_id: UUID | None) -> Revision | None:
    """Return the last version before a revision that somebody may read."""
    before = _revisions(revision.article_id, person_id).where(Revision.version < revision.version)
    return db.session.scalar(before.order_by(Revision.version.desc()).limit(1))


def _revisions(article_id: UUID, person_id: UUID | None) -> Select[Revision]:
    mine = readable_by(person_id, Revision.audience)
    return select(Revision).join(Article).where(Revision.article_id == article_id, mine)


def _narrowed(person_id: UUID, wanted: Wanted) -> Select[Article]:
    found = select(Article).where(readable_by(person_id))
    if wanted.kind is not None:
        found = found.where(Article.kind == wanted.kind)
    if wanted.city:
        found = found.where(Article.origin == wanted.city)
    if wanted.tag:
        found = found.where(Article.tags.any(ArticleTag.tag == wanted.tag))
    return found


def _newest(found: Select[Article]) -> Select[Article]:
    return found.options(defer(Article.body)).order_by(Article.published_at.desc(), Article.id.desc())
