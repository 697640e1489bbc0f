# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is in quarantine of which city."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from cop.base.db import Model
from cop.sharing.models.widths import URI


class Quarantine(Model):
    """That what came from a city since a moment is hidden."""

    __tablename__ = "quarantine"

    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peer.id", ondelete="CASCADE"), unique=True)
    since: Mapped[datetime]
    begun_at: Mapped[datetime]
    #: what comes from now on waits, too
    holds: Mapped[bool]
    #: on the shelf; none when nothing had to go
    batch: Mapped[UUID | None]


class QuarantinedThing(Model):
    """A thing as its city said it to be since then; the same revision, or an older one, is not taken again."""

    __tablename__ = "quarantined_thing"

    quarantine_id: Mapped[UUID] = mapped_column(ForeignKey("quarantine.id", ondelete="CASCADE"), index=True)
    uri: Mapped[str] = mapped_column(String(URI), unique=True)
    rev: Mapped[int]
    #: what said it, where the thing stands as it was before; none where it was put away
    said_id: Mapped[UUID | None] = mapped_column(ForeignKey("received_activity.id"))
