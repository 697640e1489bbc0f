# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Articles of other cities."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from cop.accounts.models import Person
from cop.accounts.services import remember_person
from cop.base.audience import Audience
from cop.base.db import db, new_id
from cop.base.errors import Forbidden
from cop.base.events import publish
from cop.base.found import by_uri
from cop.base.instance import is_ours
from cop.communities.models import Community
from cop.communities.queries import community_by_uri
from cop.communities.services import person_named_by_home
from cop.knowledge.events import ArticlePublished
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

    Returns None, and changes nothing, when ours is as new. `author` is {uri, name, city_origin}.

    Raises:
        Forbidden: when the article belongs to another city, or to this one.
    """
    article = _stored(uri, origin)
    if article is not None and article.rev >= rev:
        return None
    # both are read before the new row is added: a read would write it half filled
    its_community = community_by_uri(community_uri) if community_uri is not None else None
    its_author = _author(author, its_community, origin)
    is_new = article is None
    article = article or _added(Article(id=new_id(), uri=uri, origin=origin))
    article.rev, article.kind = rev, kind
    article.title, article.body, article.version = title, body, version
    article.locale, article.licence, article.audience = locale, licence, audience
    article.community = its_community
    article.about_uri = _about_its_own(about_uri, origin)
    article.author = its_author
    article.published_at, article.updated_at = published_at, updated_at
    article.extra = dict(extra or {})
    _keep_tags(article, tags)
    _keep_revision(article, note)
    if is_new:
        publish(ArticlePublished(article.id))
    return article


def forget_copy(uri: str, origin: str) -> bool:
    """Forget a city's article; tell whether it was here.

    Raises:
        Forbidden: when the article belongs to another city, or to this one.
    """
    article = _stored(uri, origin)
    if article is None:
        return False
    db.session.delete(article)
    db.session.flush()  # whoever reads after this must not find it
    return True


def _added(article: Article) -> Article:
    db.session.add(article)
    return article


def _stored(uri: str, origin: str) -> Article | None:
    found = by_uri(Article, uri, lock=True)
    if is_ours(origin) or (found is not None and found.origin != origin):
        raise Forbidden
    return found


def _about_its_own(uri: str | None, origin: str) -> str | None:
    """Drop what is about another city's meeting: it would stand on its page as if it were its minutes."""
    return uri if uri is not None and uri.startswith(f"{origin}/") else None


def _author(said: Mapping[str, str] | None, community: Community | None, home: str) -> Person | None:
    """Return who wrote it: somebody in the community it is of, or of the city it comes from; nobody else's word."""
    if said is None:
        return None
    if community is not None and community.origin == home:
        return person_named_by_home(community, uri=said["uri"], origin=said["city_origin"], name=said["name"])
    return remember_person(said["uri"], home, said["name"]) if said["city_origin"] == home else None


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
    known.audience = article.audience
