# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The key with which this city signs what it says to others."""

import base64

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.instance import this_city
from cop.sharing.models import OwnKey
from federation.keys import SigningKey, from_pem, generate, to_pem

PURPOSE = b"reihum: private keys at rest"


def own_key(secret: str) -> SigningKey:
    """Return this city's key; made at the first start. To be called outside transactions."""
    kept = _stored()
    if kept is None:
        _make(secret)
        kept = _stored()
    if kept is None:
        raise RuntimeError("the key of this city could not be stored")
    return from_pem(kept.key_id, _safe(secret).decrypt(kept.private))


def _stored() -> OwnKey | None:
    return db.session.scalar(select(OwnKey).where(OwnKey.retired_at.is_(None)))


def _make(secret: str) -> None:
    key = generate(f"{this_city().origin}/actor#peer-1")
    try:
        with transaction():
            if _stored() is None:
                db.session.add(OwnKey(key_id=key.key_id, private=_safe(secret).encrypt(to_pem(key)), made_at=now()))
    except IntegrityError:
        # the web process and the worker started at once; the other one's key stands
        return


def _safe(secret: str) -> Fernet:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=PURPOSE).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
