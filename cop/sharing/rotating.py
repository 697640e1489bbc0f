# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Changing our own keys: a new one beside the old, or all at once when somebody else has them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.errors import Conflict
from cop.base.events import publish
from cop.base.i18n import N_
from cop.base.instance import this_city
from cop.sharing.events import KeysChanged
from cop.sharing.keyring import keyring
from cop.sharing.keys import MOST, add_key, kept_keys
from cop.sharing.models import InvitationRecord, OwnKey
from cop.sharing.rules import Trust
from cop.sharing.services import note
from federation.keys import Purpose, fingerprint, is_for


def rotate_key(purpose: Purpose, *, by: UUID | None) -> str:
    """Make a new key and tell the partner cities, in a transaction of its own; return its fingerprint.

    One for requests counts at each of them when its administrators confirmed it; those for objects and visits at once.

    Raises:
        Conflict: when several changes are going on already.
    """
    with _changing():
        if sum(is_for(kept.key_id, purpose) and kept.revoked_at is None for kept in kept_keys()) >= MOST:
            raise Conflict(N_("Earlier keys are still in use. A key that is older than 30 days goes by itself."))
        return _make(purpose, by)


def revoke_own_keys(*, by: UUID | None) -> str:
    """Give up all keys, since somebody else may have them; return the fingerprint of the new one for requests.

    Each partner city is told once more with the old one, believes it no longer, and waits for its administrators to
    confirm the new one.
    """
    with _changing():
        for kept in kept_keys():
            if kept.revoked_at is None:
                kept.revoked_at = now()
                note(Trust.OWN_KEY_REVOKED, this_city().origin, by=by, **_facts(kept))
        return [_make(purpose, by) for purpose in reversed(Purpose)][-1]


@contextmanager
def _changing() -> Iterator[None]:
    """Change keys in one transaction, and let nobody sign with what it did not keep."""
    try:
        with transaction():
            yield
            keyring().forget()
            publish(KeysChanged())
    finally:
        keyring().forget()


def _make(purpose: Purpose, by: UUID | None) -> str:
    made = add_key(purpose, keyring().secret)
    note(Trust.OWN_KEY_MADE, this_city().origin, by=by, **_facts(made))
    if purpose is Purpose.PEER:
        # they name the key that is no longer the newest
        db.session.execute(delete(InvitationRecord).where(InvitationRecord.used_at.is_(None)))
    return fingerprint(made.public)


def _facts(kept: OwnKey) -> dict[str, Any]:
    return {"key": kept.key_id, "fingerprint": fingerprint(kept.public)}
