# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Articles, their revisions and tags."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cop.accounts.models import Person
from cop.base.audience import Audience
from cop.base.db import Model, Shared
from cop.communities.models import Community


class ArticleKind(StrEnum):
    """What sort of text it is."""

    PRACTICE = "practice"
    GUIDE = "guide"
    TEMPLATE = "template"
    QUESTION = "question"
    WISSEN_TO_GO = "wissen_to_go"
    MINUTES = "minutes"


class Article(Model, Shared):
    """Something a community knows; always shown in its newest revision."""

    __tablename__ = "article"

    kind: Mapped[ArticleKind] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(200))
    #: Markdown
    body: Mapped[str] = mapped_column(Text)
    #: 1 for the first publication; corrections raise it
    version: Mapped[int] = mapped_column(default=1)
    locale: Mapped[str] = mapped_column(String(8))
    licence: Mapped[str] = mapped_column(String(40), default="CC-BY-4.0")
    audience: Mapped[Audience] = mapped_column(String(10), index=True)
    community_id: Mapped[UUID | None] = mapped_column(ForeignKey("community.id"), index=True)
    #: what it is about: a meeting's uri
    about_uri: Mapped[str | None] = mapped_column(String(300), index=True)
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime] = mapped_column(index=True)
    updated_at: Mapped[datetime]
    extra: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    community: Mapped[Community | None] = relationship(lazy="joined")
    author: Mapped[Person | None] = relationship(lazy="joined")
    revisions: Mapped[list["Revision"]] = relationship(order_by="Revision.version", cascade="all, delete-orphan")
    tags: Mapped[list["ArticleTag"]] = relationship(lazy="selectin", cascade="all, delete-orphan")


class Revision(Model):
    """An article as it was at one version."""

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("article_id", "version"),)

    article_id: Mapped[UUID] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"))
    version: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(String(300), default="")
    #: the widest that could read it while it was the newest: wider readers of a later version don't get it
    audience: Mapped[Audience] = mapped_column(String(10))
    made_at: Mapped[datetime]


class ArticleTag(Model):
    """A word an article is found by."""

    __tablename__ = "article_tag"
    __table_args__ = (UniqueConstraint("article_id", "tag"),)

    article_id: Mapped[UUID] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"))
    tag: Mapped[str] = mapped_column(String(60), index=True)


class IntranetAddress(Model):
    """A community's address for the city's intranet; the token's hash stands here, the token only in the address."""

    __tablename__ = "intranet_address"

    community_id: Mapped[UUID] = mapped_column(ForeignKey("community.id", ondelete="CASCADE"), unique=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
