# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""How far we have read each city, and how far each side is behind."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from cop.base.clock import now
from cop.base.db import db
from cop.base.i18n import _, moment, ngettext
from cop.sharing.models import PeerReading

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Lag:
    """How far one side is behind the other: in entries, and since when."""

    entries: int = 0
    since: datetime | None = None

    @property
    def minutes(self) -> int:
        """Whole minutes; 0 where nothing is missing, or it is not known since when."""
        return (now() - self.since) // MINUTE if self.entries and self.since is not None else 0


@dataclass(frozen=True, slots=True)
class Standing:
    """How far we have read one city.

    Attributes:
        entry: the number of the last entry of its log that we have; None while its snapshot is read.
        unread: entries that it has and we have not, as far as we know.
        read_at: when it was last read to the end.
        error: the code of what went wrong when it was read last; empty when nothing did.
        compared_at: when our copies of its things were last compared with it.
        mended: how many of them were fetched then.
        differing: how many differed and stayed.
    """

    entry: int | None = None
    unread: int = 0
    read_at: datetime | None = None
    error: str = ""
    compared_at: datetime | None = None
    mended: int = 0
    differing: int = 0

    @property
    def lag(self) -> Lag:
        """How far we are behind it."""
        return Lag(self.unread, self.read_at)


def standings() -> dict[UUID, Standing]:
    """Return how far we have read each city, by its id; one question, however many they are."""
    columns = (
        PeerReading.peer_id,
        PeerReading.seq,
        PeerReading.head,
        PeerReading.asked_at,
        PeerReading.failures,
        PeerReading.last_error,
        PeerReading.compared_at,
        PeerReading.mended,
        PeerReading.differing,
    )
    return {
        row.peer_id: Standing(
            entry=row.seq,
            unread=max(row.head - row.seq, 0) if row.seq is not None and row.head is not None else 0,
            read_at=row.asked_at,
            error=row.last_error or "" if row.failures else "",
            compared_at=row.compared_at,
            mended=row.mended,
            differing=row.differing,
        )
        for row in db.session.execute(select(*columns))
    }


def read_words(standing: Standing) -> str:
    """Say how far we have read a city, and what we lack of it."""
    if standing.entry is None or standing.read_at is None:
        return _("not to the end yet")
    if not standing.lag.entries:
        return _("all to entry %(entry)s, on %(when)s", entry=standing.entry, when=moment(standing.read_at))
    return ngettext(
        "to entry %(entry)s; %(num)s more is missing, for %(minutes)s",
        "to entry %(entry)s; %(num)s more are missing, for %(minutes)s",
        standing.lag.entries,
        entry=standing.entry,
        minutes=minutes_words(standing.lag),
    )


def compared_words(standing: Standing) -> str:
    """Say when our copies of a city's things were compared with it, and what came of it."""
    if standing.compared_at is None:
        return _("not yet")
    when = moment(standing.compared_at)
    if number := standing.differing:
        return ngettext("%(when)s: %(num)s thing differs", "%(when)s: %(num)s things differ", number, when=when)
    if number := standing.mended:
        return ngettext("%(when)s: %(num)s thing fetched", "%(when)s: %(num)s things fetched", number, when=when)
    return _("%(when)s: nothing differed", when=when)


def minutes_words(lag: Lag) -> str:
    """Say for how long one side is behind."""
    return ngettext("%(num)s minute", "%(num)s minutes", lag.minutes)
