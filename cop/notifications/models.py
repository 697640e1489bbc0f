# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which mails somebody doesn't want."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cop.base.db import Model


class Kind(StrEnum):
    """What mails tell of."""

    TURN = "turn"
    JOIN_ASKED = "join_asked"
    JOIN_ANSWERED = "join_answered"
    MEETING_PLANNED = "meeting_planned"
    MEETING_CANCELLED = "meeting_cancelled"
    MINUTES = "minutes"


class NotificationChoice(Model):
    """A kind of mail that somebody switched off; whoever has no row gets it."""

    __tablename__ = "notification_choice"
    __table_args__ = (UniqueConstraint("person_id", "kind"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[Kind] = mapped_column(String(20))
