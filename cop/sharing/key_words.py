# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Keys in words: theirs and ours, what each is for and how it stands."""

from dataclasses import dataclass

from cop.accounts.setup import city_of
from cop.base.i18n import N_, _, moment, translated
from cop.sharing.keyring import unconfirmed
from cop.sharing.keys import kept_keys
from cop.sharing.models import PeerKey, PeerRecord
from cop.sharing.peer_keys import believed
from federation.keys import Purpose, fingerprint, is_for
from federation.ports import PeerState

PURPOSES = {
    Purpose.PEER: N_("for messages between the cities"),
    Purpose.PROOF: N_("for what is published"),
    Purpose.OIDC: N_("for visits"),
}


@dataclass(frozen=True, slots=True)
class Key:
    """A key as pages show it."""

    id: str
    name: str
    code: str
    what_for: str
    state: str
    waits: bool = False
    usable: bool = True


def keys_of(peer: PeerRecord) -> list[Key]:
    """Return the keys of a partner city, those that wait first, then as they matter; none when it is no partner."""
    if peer.state != PeerState.ACTIVE:
        return []
    rows = [_theirs(key) for key in sorted(peer.keys, key=lambda key: key.key_id)]
    return sorted(rows, key=lambda row: (not row.waits, _rank(row.id)))


def our_keys() -> list[Key]:
    """Return the keys of this city as they matter, of each purpose the newest first."""
    waiting = ", ".join(city_of(origin).short for origin in unconfirmed())
    seen: set[str] = set()
    rows = []
    for kept in kept_keys():
        first = (what_for := _purpose(kept.key_id)) not in seen and kept.revoked_at is None
        seen |= {what_for} if first else set()
        if kept.revoked_at is not None:
            state = _("given up on %(when)s", when=moment(kept.revoked_at))
        elif not first:
            state = _("replaced; still valid")
        elif is_for(kept.key_id, Purpose.PEER) and waiting:
            state = _("made on %(when)s; not confirmed yet by %(cities)s", when=moment(kept.made_at), cities=waiting)
        else:
            state = _("made on %(when)s", when=moment(kept.made_at))
        rows.append(Key(kept.key_id, _name(kept.key_id), fingerprint(kept.public), what_for, state))
    return sorted(rows, key=lambda row: _rank(row.id))


def _rank(key_id: str) -> int:
    """Say how much a key matters to people: those for messages are compared by telephone."""
    return next(rank for rank, purpose in enumerate(PURPOSES) if is_for(key_id, purpose))


def _theirs(key: PeerKey) -> Key:
    if key.pending_since is not None:
        state = _("new since %(when)s; not believed yet", when=moment(key.pending_since))
    elif key.revoked_at is not None:
        state = _("no longer believed since %(when)s", when=moment(key.revoked_at))
    elif key.valid_until is not None:
        state = _("replaced; believed until %(when)s", when=moment(key.valid_until))
    else:
        state = _("believed")
    waits, usable = key.pending_since is not None, believed(key)
    return Key(key.key_id, _name(key.key_id), fingerprint(key.public_key), _purpose(key.key_id), state, waits, usable)


def _name(key_id: str) -> str:
    return key_id.partition("#")[2]


def _purpose(key_id: str) -> str:
    return next((translated(words) for purpose, words in PURPOSES.items() if is_for(key_id, purpose)), "")
