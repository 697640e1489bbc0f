# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Our keys in memory, and which of them each partner city knows."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import current_app
from sqlalchemy import select

from cop.base.db import db, read
from cop.sharing.keys import kept_keys, newest, opened, own_keys
from cop.sharing.models import PeerRecord
from federation.keys import Purpose, SigningKey, is_for
from federation.origins import Origin

#: another process may change keys; it is noticed within this
FRESH_S = 10.0
EXTENSION = "cop.sharing.keyring"


@dataclass(frozen=True, slots=True)
class _Known:
    """What a city knows of us: what we had when it became a partner, or the key that it confirmed since."""

    since: datetime
    takes: str | None


@dataclass(frozen=True, slots=True)
class _Keys:
    """What was read, and when."""

    at: float
    newest: Mapping[Purpose, SigningKey]
    #: for requests, newest first, each with when it was made
    peer: tuple[tuple[SigningKey, datetime], ...]
    known: Mapping[str, _Known]


class OwnKeyring:
    """See `federation.keys.Keyring`."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self._lock = threading.RLock()
        self._keys: _Keys | None = None

    def current(self) -> Mapping[Purpose, SigningKey]:
        """Return the newest key for each purpose."""
        return self._fresh().newest

    def for_peer(self, origin: Origin) -> SigningKey:
        """Return the newest key for requests that a city knows; where the overlap is over, the newest."""
        keys = self._fresh()
        known = keys.known.get(origin)
        if known is not None:
            for key, made_at in keys.peer:
                if key.key_id == known.takes or made_at <= known.since:
                    return key
        return keys.newest[Purpose.PEER]

    def forget(self) -> None:
        """Read anew at the next use: keys changed, or what a city knows of them."""
        self._keys = None

    def _fresh(self) -> _Keys:
        keys = self._keys
        if keys is None or time.monotonic() > keys.at + FRESH_S:
            with self._lock:
                keys = self._keys = self._read()
        return keys

    def _read(self) -> _Keys:
        opens = not db.session().in_transaction()
        current = own_keys(self.secret)
        peer = tuple(
            (opened(kept, self.secret), kept.made_at) for kept in kept_keys() if is_for(kept.key_id, Purpose.PEER)
        )
        facts = read(select(PeerRecord.origin, PeerRecord.made_at, PeerRecord.takes_key)).all() if len(peer) > 1 else []
        if opens:
            db.session.rollback()  # nothing stays open while a peer is awaited
        known = {row.origin: _Known(row.made_at, row.takes_key) for row in facts}
        return _Keys(time.monotonic(), current, peer, known)


def keyring() -> OwnKeyring:
    """Return the keyring of this app."""
    return cast("OwnKeyring", current_app.extensions[EXTENSION])


def unconfirmed() -> list[str]:
    """Name the partner cities that don't know our newest key for requests yet."""
    key = newest().get(Purpose.PEER)
    if key is None:
        return []
    found = db.session.execute(
        select(PeerRecord.origin).where(
            PeerRecord.state == "active",
            PeerRecord.made_at < key.made_at,
            PeerRecord.takes_key.is_distinct_from(key.key_id),
        )
    )
    return [row.origin for row in found]
