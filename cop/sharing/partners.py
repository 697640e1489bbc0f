# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The list of partner cities, with how each connection is doing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from cop.base.db import db
from cop.base.i18n import _, moment, ngettext
from cop.sharing.letters import Counts, counts
from cop.sharing.models import PeerKey, PeerRecord
from cop.sharing.peer_keys import believed
from cop.sharing.quarantine import Contents, all_contents
from cop.sharing.standing import Lag, Standing, compared_words, minutes_words, read_words, standings
from cop.sharing.words import error_words, level_words, silent, silent_for_long
from federation.keys import Purpose, fingerprint, is_for
from federation.ports import PeerState

ORDER = [PeerState.ASKED, PeerState.ACTIVE, PeerState.OFFERED, PeerState.ENDED]


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner city as administrators see it."""

    id: UUID
    origin: str
    host: str
    name: str
    short: str
    letters: str
    hue: int
    state: str
    made_at: datetime
    fingerprint: str
    new_keys: int
    level_in: int
    level_out: int
    gives: str
    gets: str
    copies: str
    ended: str
    last_contact: str
    waits: str
    refused: int
    paused: bool
    trouble: str
    error: str
    failures: int
    contacted_at: datetime | None
    cursor: int | None
    read_to: str
    compared: str
    differs: bool
    we_lag: Lag
    they_lag: Lag
    last_error: str
    refused_words: str
    hidden: str

    @property
    def facts(self) -> list[tuple[str, str]]:
        """How the connection is doing, row by row, as pages and the command show it."""
        return [
            (_("We give"), self.gives),
            (_("We get"), self.gets),
            (_("Last contact"), self.last_contact),
            (_("Last error"), self.last_error),
            (_("We have read"), self.read_to),
            (_("Copies compared"), self.compared),
            (_("Waiting"), self.waits),
            (_("Refused for good"), self.refused_words),
            (_("In quarantine"), self.hidden or _("nothing")),
            (_("Their code"), self.fingerprint),
        ]

    @property
    def noteworthy(self) -> list[tuple[str, str]]:
        """What the list of all cities says of it: how far each side is, and of the rest what is not well."""
        well = {_("nothing"), _("no error")} | (set() if self.differs else {self.compared})
        return [(term, said) for term, said in self.facts if said not in well]


def partners() -> list[Partner]:
    """Return all cities we know: those that wait for an answer first."""
    found = db.session.scalars(select(PeerRecord).options(selectinload(PeerRecord.keys))).all()
    look = _look()
    rows = [_partner(peer, look) for peer in found]
    return sorted(rows, key=lambda row: (ORDER.index(PeerState(row.state)), row.short.lower()))


def partner(peer: PeerRecord) -> Partner:
    """Return one city."""
    return _partner(peer, _look())


@dataclass(frozen=True, slots=True)
class _Look:
    """What was asked once for all cities."""

    counts: Mapping[UUID, Counts]
    standings: Mapping[UUID, Standing]
    quarantines: Mapping[str, Contents]


def _look() -> _Look:
    return _Look(counts(), standings(), all_contents())


def _partner(peer: PeerRecord, look: _Look) -> Partner:
    trouble = _trouble(peer)
    numbers = look.counts.get(peer.id, Counts())
    standing = look.standings.get(peer.id, Standing())
    they_lag = Lag(numbers.waiting + numbers.in_feed, numbers.waiting_since)
    facts: dict[str, Any] = {name: getattr(peer, name) for name in ("id", "origin", "name", "short", "letters", "hue")}
    return Partner(
        **facts,
        host=peer.origin.partition("://")[2],
        state=peer.state,
        made_at=peer.made_at,
        fingerprint=", ".join(fingerprint(key.public_key) for key in _believed(peer)) or _("none is believed"),
        new_keys=sum(key.pending_since is not None for key in peer.keys),
        level_in=peer.level_in,
        level_out=peer.level_out,
        gives=level_words(peer.level_out),
        gets=level_words(peer.level_in),
        copies=peer.copies,
        ended=moment(peer.ended_at) if peer.ended_at is not None else "",
        last_contact=moment(peer.last_contact_at) if peer.last_contact_at is not None else _("never"),
        waits=_waits(numbers, they_lag),
        refused=numbers.refused,
        paused=peer.paused_at is not None,
        trouble=trouble,
        error=error_words(peer.last_error) if trouble else "",
        failures=peer.failures,
        contacted_at=peer.last_contact_at,
        cursor=standing.entry,
        read_to=read_words(standing),
        compared=compared_words(standing),
        differs=standing.differing > 0,
        we_lag=standing.lag,
        they_lag=they_lag,
        last_error=error_words(peer.last_error or standing.error or None) or _("no error"),
        refused_words=ngettext("%(num)s message", "%(num)s messages", numbers.refused)
        if numbers.refused
        else _("nothing"),
        hidden=_hidden(look.quarantines.get(peer.origin)),
    )


def _hidden(found: Contents | None) -> str:
    """Say what is in quarantine; empty when nothing is."""
    if found is None:
        return ""
    number = found.hidden + found.restored
    since = moment(found.since)
    return ngettext(
        "what came since %(when)s: %(num)s thing", "what came since %(when)s: %(num)s things", number, when=since
    )


def _trouble(peer: PeerRecord) -> str:
    """Say what is wrong with a connection, and what follows."""
    if peer.state != PeerState.ACTIVE:
        return ""
    if peer.feed_only_at is not None:
        return silent_for_long(peer.short, peer.feed_only_at)
    if peer.stopped_at is not None:
        return _("%(city)s has closed. Nothing is sent there until you try again.", city=peer.short)
    return silent(peer.short, peer.next_try_at) if peer.failures else ""


def _waits(numbers: Counts, lag: Lag) -> str:
    if numbers.waiting and numbers.waiting_since is not None:
        return ngettext(
            "%(num)s message, for %(minutes)s: since %(when)s",
            "%(num)s messages, for %(minutes)s: since %(when)s",
            numbers.waiting,
            when=moment(numbers.waiting_since),
            minutes=minutes_words(lag),
        )
    if numbers.in_feed:
        return ngettext(
            "%(num)s message kept until it is back", "%(num)s messages kept until it is back", numbers.in_feed
        )
    return _("nothing")


def _believed(peer: PeerRecord) -> list[PeerKey]:
    return [key for key in peer.keys if is_for(key.key_id, Purpose.PEER) and believed(key)]
