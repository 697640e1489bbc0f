# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Publishing, correcting and withdrawing articles whose home is here."""

from collections.abc import Iterable
from uuid import UUID

from cop.base.audience import Audience
from cop.base.clock import now
from cop.base.db import changed, db, lock, minted, new_id
from cop.base.errors import Conflict, Forbidden
from cop.base.events import publish
from cop.base.i18n import N_
from cop.base.instance import is_ours
from cop.communities.models import Community
from cop.communities.rules import Membership
from cop.knowledge.events import ArticleCorrected, ArticlePublished, ArticleWithdrawn
from cop.knowledge.models import Article, ArticleKind, ArticleTag, Revision
from cop.knowledge.rules import clean_tags
from cop.knowledge.words import DEFAULT_LICENCE


class Overtaken(Conflict):
    """Somebody else saved first."""

    code = "overtaken"


def publish_article(
    *,
    author_person_id: UUID | None,
    kind: ArticleKind,
    title: str,
    body: str,
    audience: Audience,
    community: Community | None,
    about_uri: str | None = None,
    locale: str,
    licence: str = DEFAULT_LICENCE,
    tags: Iterable[str] = (),
) -> Article:
    """Publish an article; this city becomes its home.

    Raises:
        Conflict: when it is for a community only and there is none, or the community's home is elsewhere.
    """
    _check_place(community, audience)
    moment = now()
    article = Article(
        **minted(new_id()),
        kind=kind,
        title=title,
        body=body,
        version=1,
        locale=locale,
        licence=licence,
        audience=audience,
        community_id=community.id if community else None,
        about_uri=about_uri,
        author_id=author_person_id,
        published_at=moment,
        updated_at=moment,
        tags=[ArticleTag(tag=tag) for tag in clean_tags(tags)],
        revisions=[Revision(version=1, title=title, body=body, audience=audience, made_at=moment)],
    )
    db.session.add(article)
    db.session.flush()  # the subscribers read it by its id
    publish(ArticlePublished(article.id))
    return article


def correct_article(
    article: Article,
    *,
    title: str,
    body: str,
    note: str = "",
    audience: Audience | None = None,
    licence: str | None = None,
    tags: Iterable[str] | None = None,
    rev: int | None = None,
) -> Article:
    """Correct an article; only another title or text makes a new version.

    `rev` is the revision that was corrected, to notice that somebody else was quicker.

    Raises:
        Overtaken: when somebody corrected it meanwhile.
        Conflict: when its home is elsewhere, or nobody would be left to read it.
    """
    _check_ours(article)
    lock(article)
    if rev is not None and article.rev != rev:
        raise Overtaken(N_("Somebody else saved a change while you were writing. Both texts are below."))
    _check_place(article.community, audience or article.audience)
    differs = [
        _keep_text(article, title, body, note),
        _keep_facts(article, audience, licence),
        _keep_tags(article, tags),
    ]
    if any(differs):
        article.revisions[-1].audience = article.audience
        article.updated_at = now()
        changed(article)
        db.session.flush()  # the subscribers read what is new
        publish(ArticleCorrected(article.id))
    return article


def withdraw_article(article: Article) -> None:
    """Take an article back; it goes here at once and everywhere else as soon as each city hears of it.

    Raises:
        Conflict: when its home is elsewhere.
    """
    _check_ours(article)
    publish(ArticleWithdrawn(article.id))  # before it goes: the subscribers still need it
    db.session.delete(article)
    db.session.flush()  # whoever reads after this must not find it


def require_writer(article: Article, person_id: UUID, membership: Membership | None) -> None:
    """Let the author through, and a coordinator of its community.

    Raises:
        Forbidden: for everybody else, and when its home is elsewhere.
    """
    if not may_write(article, person_id, membership):
        raise Forbidden(N_("Only the author or a coordinator of the community can change this."))


def may_write(article: Article, person_id: UUID, membership: Membership | None) -> bool:
    """Tell whether somebody may correct or withdraw an article."""
    coordinates = membership is not None and membership.community_id == article.community_id and membership.coordinates
    return is_ours(article.origin) and (article.author_id == person_id or coordinates)


def _check_ours(article: Article) -> None:
    if not is_ours(article.origin):
        raise Conflict(N_("Only the city it comes from can change this."))


def _check_place(community: Community | None, audience: Audience) -> None:
    if community is None and audience == Audience.COMMUNITY:
        raise Conflict(N_("Please choose the community that may read this."))
    if community is not None and not is_ours(community.origin):
        raise Conflict(N_("Articles of this community are published in its home city."))


def _keep_text(article: Article, title: str, body: str, note: str) -> bool:
    if (article.title, article.body) == (title, body):
        return False
    article.title, article.body = title, body
    article.version += 1
    text = {"title": title, "body": body, "note": note, "audience": article.audience}
    article.revisions.append(Revision(version=article.version, made_at=now(), **text))
    return True


def _keep_facts(article: Article, audience: Audience | None, licence: str | None) -> bool:
    before = (article.audience, article.licence)
    article.audience = audience or article.audience
    article.licence = licence or article.licence
    return before != (article.audience, article.licence)


def _keep_tags(article: Article, tags: Iterable[str] | None) -> bool:
    wanted = None if tags is None else clean_tags(tags)
    if wanted is None or wanted == [tag.tag for tag in article.tags]:
        return False
    kept = {tag.tag: tag for tag in article.tags}
    article.tags = [kept.get(word) or ArticleTag(tag=word) for word in wanted]
    return True
