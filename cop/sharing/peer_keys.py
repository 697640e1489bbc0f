# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The keys of partner cities: announced, confirmed, refused and revoked. Pinning the first one is the handshake's."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import update

from cop.base.clock import now
from cop.base.db import db
from cop.base.errors import Conflict
from cop.base.events import publish
from cop.base.i18n import N_, _
from cop.base.instance import in_development
from cop.sharing.events import PeerKeysChanged
from cop.sharing.keyring import keyring
from cop.sharing.keys import kept_keys
from cop.sharing.models import PeerKey, PeerRecord, ReceivedActivity
from cop.sharing.rules import Trust
from cop.sharing.services import note, require_peer, require_state, resume
from cop.sharing.telling import tell_admins
from federation.keys import Purpose, fingerprint, is_for
from federation.origins import Origin
from federation.ports import PeerState
from federation.rotation import OVERLAP, read_announcement


def take_announcement(origin: str, said: Mapping[str, Any], *, key_id: str) -> None:
    """Keep a new key that a city announced, until our administrators confirm it.

    Raises:
        Refused: when it is not announced as it must be.
    """
    peer = require_peer(origin)
    if _settled(peer, said):
        return
    old = next(key for key in peer.keys if key.key_id == key_id)
    new = read_announcement(
        said, origin=Origin(origin), key_id=key_id, public=old.public_key, development=in_development()
    )
    wait_for(peer, {new.key_id: new.public})


def _settled(peer: PeerRecord, said: Mapping[str, Any]) -> bool:
    """Tell whether the key that is announced was confirmed or revoked already: the word was long on its way."""
    new = said.get("cop:newKey")
    named = new.get("id") if isinstance(new, Mapping) else None
    return any(key.key_id == named and key.pending_since is None for key in peer.keys)


def wait_for(peer: PeerRecord, keys: Mapping[str, bytes]) -> list[PeerKey]:
    """Let keys wait for our administrators; one that is known, confirmed or revoked, stays as it is."""
    known = {key.key_id: key for key in peer.keys}
    waiting = []
    for key_id, public in keys.items():
        kept = known.get(key_id)
        if kept is not None and (kept.pending_since is None or kept.public_key == public):
            continue
        if kept is None:
            kept = PeerKey(key_id=key_id)
            peer.keys.append(kept)
        kept.public_key, kept.pending_since = public, now()
        note(Trust.KEY_ANNOUNCED, peer.origin, **_facts(kept))
        waiting.append(kept)
    if waiting:
        _tell(peer)
    return waiting


def confirm_key(origin: str, key_id: str, *, by: UUID | None) -> None:
    """Believe a new key from now on, and the old ones for 30 days more.

    Raises:
        NotFound: when we don't know the city.
        Conflict: when no such key waits.
    """
    peer = require_peer(origin)
    require_state(peer, PeerState.ACTIVE)
    key = _waiting(peer, key_id)
    until = now() + OVERLAP
    for old in _for_requests(peer):
        if old.pending_since is None and (old.valid_until is None or old.valid_until > until):
            old.valid_until = until
    key.pending_since = None
    note(Trust.KEY_CONFIRMED, origin, by=by, **_facts(key))
    resume(origin, by=by)
    publish(PeerKeysChanged(origin))


def refuse_key(origin: str, key_id: str, *, by: UUID | None) -> None:
    """Forget a new key that was not the other city's.

    Raises:
        NotFound: when we don't know the city.
        Conflict: when no such key waits.
    """
    peer = require_peer(origin)
    key = _waiting(peer, key_id)
    note(Trust.KEY_REFUSED, origin, by=by, **_facts(key))
    peer.keys.remove(key)


def revoke_keys(origin: str, *, by: UUID | None, key_id: str | None = None) -> None:
    """Believe one key of a city, or all, no longer: at once, and for nothing.

    What they signed and was not handled yet is not handled. Without any key for requests nothing is sent to the city
    either, and what these vouched for is forgotten: the next one vouches anew.

    Raises:
        NotFound: when we don't know the city.
        Conflict: when there is nothing to revoke.
    """
    peer = require_peer(origin)
    chosen = [key for key in peer.keys if key_id in {None, key.key_id} and key.revoked_at is None]
    if not chosen:
        raise Conflict(N_("This was decided meanwhile."))
    for key in chosen:
        note(Trust.KEY_REVOKED, origin, by=by, **_facts(key))
        if key.pending_since is None and (key_id is not None or is_for(key.key_id, Purpose.PEER)):
            key.valid_until = key.revoked_at = now()
        else:
            peer.keys.remove(key)
    unhandled = (ReceivedActivity.key_id.in_([key.key_id for key in chosen]), ReceivedActivity.due_at.is_not(None))
    db.session.execute(update(ReceivedActivity).where(*unhandled).values(due_at=None, outcome="revoked"))
    if not any(believed(key) for key in _for_requests(peer)) and peer.paused_at is None:
        peer.paused_at = now()


def withdraw_keys(origin: str, key_ids: Collection[str]) -> None:
    """Take a city's word, signed by a key that was believed, that keys of its own must not be believed any more."""
    peer = require_peer(origin)
    for key in peer.keys:
        if key.key_id in key_ids and key.pending_since is None and key.revoked_at is None:
            key.valid_until = key.revoked_at = now()
            note(Trust.KEY_WITHDRAWN, origin, **_facts(key))


def keep_taken(origin: str, key_ids: Collection[str]) -> bool:
    """Keep which of our keys a city confirmed: from now on it is used towards it. Tell whether that is news."""
    peer = require_peer(origin)
    for kept in kept_keys():
        if kept.key_id in key_ids and is_for(kept.key_id, Purpose.PEER) and kept.revoked_at is None:
            if kept.made_at > peer.made_at and peer.takes_key != kept.key_id:
                peer.takes_key = kept.key_id
                note(Trust.OWN_KEY_TAKEN, origin, key=kept.key_id, fingerprint=fingerprint(kept.public))
                keyring().forget()
                return True
            return False
    return False


def believed(key: PeerKey) -> bool:
    """Tell whether a key proves anything now."""
    return key.pending_since is None and (key.valid_until is None or key.valid_until > now())


def _for_requests(peer: PeerRecord) -> list[PeerKey]:
    return [key for key in peer.keys if is_for(key.key_id, Purpose.PEER)]


def _waiting(peer: PeerRecord, key_id: str) -> PeerKey:
    for key in peer.keys:
        if key.key_id == key_id and key.pending_since is not None:
            return key
    raise Conflict(N_("This was decided meanwhile."))


def _facts(key: PeerKey) -> dict[str, Any]:
    return {"key": key.key_id, "fingerprint": fingerprint(key.public_key)}


def _tell(peer: PeerRecord) -> None:
    tell_admins(
        lambda: _("%(city)s has a new key", city=peer.short),
        lambda: [
            _("Compare its code by telephone, then confirm it. Until then the old key counts."),
            *(fingerprint(key.public_key) for key in _for_requests(peer) if key.pending_since is not None),
        ],
        page=f"/admin/partners/{peer.id}",
    )
