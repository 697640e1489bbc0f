# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""An article as other cities see it."""

from typing import Any, ClassVar

from marshmallow import EXCLUDE, Schema, fields, validate

from cop.base.audience import Audience
from cop.knowledge.models import Article, ArticleKind
from cop.sharing.documents.parts import (
    MOST_ITEMS,
    TEXT,
    Document,
    ObjectId,
    PersonDocument,
    Word,
    language,
    line,
    moment,
    text,
    whole,
)
from cop.sharing.people import person_facts
from cop.sharing.queries import owner_uri


class Hashtag(Schema):
    """A word an article is found by."""

    class Meta:
        unknown = EXCLUDE

    type = fields.Constant("Hashtag")
    name = line("name", longest=60, required=True)


class ArticleDocument(Document):
    """An article in its newest version."""

    TYPE: ClassVar[str | list[str]] = "Article"

    title = line("name", required=True)
    body = text("content", longest=TEXT, required=True)
    locale = language()
    kind = Word(ArticleKind, ArticleKind.GUIDE, required=True, data_key="cop:kind")
    version = whole("cop:version", least=1, load_default=1)
    note = line("cop:note", longest=300, load_default="")
    licence = line("cop:licence", longest=40, required=True)
    audience = Word(Audience, Audience.COMMUNITY, required=True, data_key="cop:audience")
    about_uri = ObjectId(data_key="context", load_default=None)
    author = fields.Nested(PersonDocument, data_key="cop:author", load_default=None, allow_none=True)
    published_at = moment("published", required=True)
    updated_at = moment("updated", required=True)
    tags = fields.List(
        fields.Nested(Hashtag), data_key="tag", load_default=list, validate=validate.Length(max=MOST_ITEMS)
    )


def article_facts(article: Article) -> dict[str, Any]:
    """Return what others may know of an article of ours.

    Its author is named to member cities only, as they agreed to when they
    joined; whoever else reads it sees the city.
    """
    within = article.audience == Audience.COMMUNITY and article.community_id is not None
    newest = next((old for old in article.revisions if old.version == article.version), None)
    return {
        "uri": article.uri,
        "owner_uri": owner_uri(article),
        "rev": article.rev,
        "title": article.title,
        "body": article.body,
        "locale": article.locale,
        "kind": article.kind,
        "version": article.version,
        "note": newest.note if newest is not None else "",
        "licence": article.licence,
        "audience": article.audience,
        "about_uri": article.about_uri,
        "author": person_facts(article.community_id, article.author) if within else None,
        "published_at": article.published_at,
        "updated_at": article.updated_at,
        "tags": [{"name": tag.tag} for tag in article.tags],
    }
