# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The draft of a meeting's minutes, until and after it is an article, and what members want changed."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cop.accounts.models import Person
from cop.base.db import Model


class MinutesState(StrEnum):
    """Where the minutes are."""

    DRAFT = "draft"
    PUBLISHED = "published"


class Minutes(Model):
    """What the moderator writes; another city's moderator writes a draft there and hands it in."""

    __tablename__ = "minutes"

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meeting.id"), unique=True)
    article_id: Mapped[UUID | None] = mapped_column(ForeignKey("article.id"))
    #: Markdown; what stands in [[ ]] stays with the community
    body: Mapped[str] = mapped_column(Text)
    #: the hidden passages of what is published
    hidden: Mapped[str] = mapped_column(Text, default="")
    #: members may propose amendments until then
    amend_until: Mapped[datetime | None]
    state: Mapped[MinutesState] = mapped_column(String(10), default=MinutesState.DRAFT)
    #: rises with each save: two people who edit don't overwrite each other
    rev: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))


class AmendmentState(StrEnum):
    """What became of an amendment."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class Amendment(Model):
    """What a member wants changed in a draft."""

    __tablename__ = "amendment"

    minutes_id: Mapped[UUID] = mapped_column(ForeignKey("minutes.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    #: how it stood when it was proposed; empty for a remark on the whole
    passage: Mapped[str] = mapped_column(Text, default="")
    #: how it should read, or the remark
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[AmendmentState] = mapped_column(String(10), default=AmendmentState.PROPOSED)
    #: why it was declined
    reason: Mapped[str] = mapped_column(String(300), default="")
    proposed_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]

    minutes: Mapped[Minutes] = relationship()
    person: Mapped[Person] = relationship(lazy="joined")
