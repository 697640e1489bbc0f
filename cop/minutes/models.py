# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The draft of a meeting's minutes, until and after it is an article."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

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
    #: Markdown
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[MinutesState] = mapped_column(String(10), default=MinutesState.DRAFT)
    #: rises with each save: two people who edit don't overwrite each other
    rev: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
