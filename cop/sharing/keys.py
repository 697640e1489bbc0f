# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The keys of this city: one for each purpose, made at the first start, encrypted where they lie."""

import base64
from collections.abc import Iterable, Mapping

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.instance import this_city
from cop.sharing.models import OwnKey
from federation.keys import Purpose, SigningKey, from_pem, generate, is_for, to_pem

AT_REST = b"reihum: private keys at rest"


def own_keys(secret: str) -> Mapping[Purpose, SigningKey]:
    """Return the key of each purpose that this city signs with; the first time to be called outside transactions.

    Raises:
        InvalidToken: when they were encrypted with another secret.
    """
    current = _current()
    if len(current) < len(Purpose):
        _make([purpose for purpose in Purpose if purpose not in current], _safe(secret))
        current = _current()
    safe = _safe(secret)
    return {purpose: from_pem(kept.key_id, safe.decrypt(kept.private)) for purpose, kept in current.items()}


def public_keys() -> dict[str, bytes]:
    """Return all keys that others may still meet: key id → raw public key."""
    found = db.session.scalars(
        select(OwnKey).where(OwnKey.retired_at.is_(None)).order_by(OwnKey.made_at, OwnKey.key_id)
    )
    return {kept.key_id: kept.public for kept in found}


def _current() -> dict[Purpose, OwnKey]:
    found = db.session.scalars(select(OwnKey).where(OwnKey.retired_at.is_(None)).order_by(OwnKey.made_at)).all()
    return {purpose: kept for purpose in Purpose for kept in found if is_for(kept.key_id, purpose)}


def _make(purposes: Iterable[Purpose], safe: Fernet) -> None:
    try:
        with transaction():
            for purpose in purposes:
                key = generate(f"{this_city().origin}/actor#{purpose}-1")
                db.session.add(
                    OwnKey(key_id=key.key_id, public=key.public, private=safe.encrypt(to_pem(key)), made_at=now())
                )
    except IntegrityError:
        # the web process and the worker started at once; the other one's keys stand
        return


def _safe(secret: str) -> Fernet:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=AT_REST).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
