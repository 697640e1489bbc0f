# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is in quarantine of which city."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from cop.base.db import Model
from cop.sharing.models.widths import URI


class Stage(StrEnum):
    """How far a quarantine is."""

    #: what came is being read
    BEGINNING = "beginning"
    HIDING = "hiding"
    STANDS = "stands"
    SHOWING = "showing"


class Quarantine(Model):
    """That what came from a city since a moment is hidden."""

    __tablename__ = "quarantine"

    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peer.id", ondelete="CASCADE"), unique=True)
    since: Mapped[datetime]
    begun_at: Mapped[datetime]
    #: what comes from now on waits, too
    holds: Mapped[bool]
    #: on the shelf
    batch: Mapped[UUID]
    stage: Mapped[Stage] = mapped_column(String(10))


class QuarantinedThing(Model):
    """A thing as its city said it to be since then; the same revision, or an older one, is not taken again."""

    __tablename__ = "quarantined_thing"

    quarantine_id: Mapped[UUID] = mapped_column(ForeignKey("quarantine.id", ondelete="CASCADE"), index=True)
    uri: Mapped[str] = mapped_column(String(URI), unique=True)
    rev: Mapped[int]
    #: what said it, where the thing stands as it was before; none where it was put away
    said_id: Mapped[UUID | None] = mapped_column(ForeignKey("received_activity.id"))
    #: what says how it was before, until it stands so or is put away
    before_id: Mapped[UUID | None] = mapped_column(ForeignKey("received_activity.id"))
    waits: Mapped[bool]
    #: whose turn it is when things go and when they come back: what others refer to is there while they are
    place_hiding: Mapped[int]
    place_showing: Mapped[int]
