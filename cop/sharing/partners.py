# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The list of partner cities, with how each connection is doing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from cop.base.db import db
from cop.base.i18n import _, moment, ngettext
from cop.sharing.letters import Counts, counts
from cop.sharing.models import PeerRecord
from cop.sharing.words import error_words, level_words, silent
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
    level_in: int
    level_out: int
    gives: str
    gets: str
    copies: str
    ended: str
    last_contact: str
    waits: str
    refused: int
    trouble: str
    error: str


def partners() -> list[Partner]:
    """Return all cities we know: those that wait for an answer first."""
    found = db.session.scalars(select(PeerRecord).options(selectinload(PeerRecord.keys))).all()
    numbers = counts()
    rows = [_partner(peer, numbers.get(peer.id, Counts())) for peer in found]
    return sorted(rows, key=lambda row: (ORDER.index(PeerState(row.state)), row.short.lower()))


def partner(peer: PeerRecord) -> Partner:
    """Return one city."""
    return _partner(peer, counts().get(peer.id, Counts()))


def _partner(peer: PeerRecord, numbers: Counts) -> Partner:
    silence = bool(peer.failures) and peer.state == PeerState.ACTIVE
    facts: dict[str, Any] = {name: getattr(peer, name) for name in ("id", "origin", "name", "short", "letters", "hue")}
    return Partner(
        **facts,
        host=peer.origin.partition("://")[2],
        state=peer.state,
        made_at=peer.made_at,
        fingerprint=", ".join(fingerprint(key.public_key) for key in peer.keys if is_for(key.key_id, Purpose.PEER)),
        level_in=peer.level_in,
        level_out=peer.level_out,
        gives=level_words(peer.level_out),
        gets=level_words(peer.level_in),
        copies=peer.copies,
        ended=moment(peer.ended_at) if peer.ended_at is not None else "",
        last_contact=moment(peer.last_contact_at) if peer.last_contact_at is not None else _("never"),
        waits=ngettext("%(num)s message", "%(num)s messages", numbers.waiting) if numbers.waiting else _("nothing"),
        refused=numbers.refused,
        trouble=silent(peer.short, peer.next_try_at) if silence else "",
        error=error_words(peer.last_error) if silence else "",
    )
