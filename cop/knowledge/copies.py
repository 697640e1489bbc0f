# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Articles of other cities."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from cop.accounts.services import remember_person
from cop.base.audience import Audience
from cop.base.db import db
from cop.base.instance import is_ours
from cop.communities.models import Community
from cop.knowledge.models import Article, ArticleKind, ArticleTag, Revision
from cop.knowledge.rules import clean_tags


def apply_copy(
    *,
    uri: str,
    origin: str,
    rev: int,
    kind: ArticleKind,
    title: str,
    body: str,
    version: int = 1,
    locale: str,
    licence: str,
    audience: Audience,
    community_uri: str | None = None,
    about_uri: str | None = None,
    author: Mapping[str, str] | None = None,
    published_at: datetime,
    updated_at: datetime,
    tags: Iterable[str] = (),
    note: str = "",
    extra: Mapping[str, Any] | None = None,
) -> Article | None:
    """Add another city's article, or replace it if theirs has a higher revision.

    Returns None, and changes nothing, when ours is as new or its stored home is
    another city. `author` is {uri, name, city_origin}.
    """
    article = _stored(uri)
    if is_ours(origin) or (article is not None and (article.origin != origin or article.rev >= rev)):
        return None
    if article is None:
        article = Article(uri=uri, origin=origin)
        db.session.add(article)
    article.rev = rev
    article.kind, article.title, article.body, article.version = kind, title, body, version
    article.locale, article.licence, article.audience = locale, licence, audience
    article.community = _community(community_uri)
    article.about_uri = about_uri
    article.author = _author(author)
    article.published_at, article.updated_at = published_at, updated_at
    article.extra = dict(extra or {})
    _keep_tags(article, tags)
    _keep_revision(article, note)
    db.session.flush()  # the caller may need its id
    return article


def forget_copy(uri: str, origin: str) -> bool:
    """Forget a city's article; tell whether it was here. The stored home decides."""
    article = _stored(uri)
    if article is None or article.origin != origin or is_ours(origin):
        return False
    db.session.delete(article)
    db.session.flush()  # whoever reads after this must not find it
    return True


def _stored(uri: str) -> Article | None:
    return db.session.scalar(select(Article).where(Article.uri == uri).with_for_update(of=Article))


def _community(uri: str | None) -> Community | None:
    return None if uri is None else db.session.scalar(select(Community).where(Community.uri == uri))


def _author(author: Mapping[str, str] | None) -> Any:
    return None if author is None else remember_person(author["uri"], author["city_origin"], author["name"])


def _keep_tags(article: Article, tags: Iterable[str]) -> None:
    kept = {tag.tag: tag for tag in article.tags}
    article.tags = [kept.get(word) or ArticleTag(tag=word) for word in clean_tags(tags)]


def _keep_revision(article: Article, note: str) -> None:
    """Keep this version beside those received before; what came between may be missing."""
    known = next((old for old in article.revisions if old.version == article.version), None)
    if known is None:
        known = Revision(version=article.version)
        article.revisions.append(known)
    known.title, known.body, known.note, known.made_at = article.title, article.body, note, article.updated_at
