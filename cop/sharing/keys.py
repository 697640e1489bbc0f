# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The keys of this city, each for one purpose: made at the first start, changed later, encrypted at rest."""

import base64
from collections.abc import Iterable, Mapping

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.instance import this_city
from cop.sharing.models import OwnKey
from federation.keys import Purpose, SigningKey, from_pem, generate, is_for, to_pem
from federation.rotation import OVERLAP

AT_REST = b"reihum: private keys at rest"
#: so many keys for one purpose are listed at once
MOST = 3


def own_keys(secret: str) -> Mapping[Purpose, SigningKey]:
    """Return the newest key of each purpose; the first time to be called outside transactions.

    Raises:
        InvalidToken: when they were encrypted with another secret.
    """
    current = newest()
    if len(current) < len(Purpose):
        _make([purpose for purpose in Purpose if purpose not in current], secret)
        current = newest()
    return {purpose: opened(kept, secret) for purpose, kept in current.items()}


def public_keys() -> dict[str, bytes]:
    """Return all keys that others may still meet, newest first: key id → raw public key."""
    return {kept.key_id: kept.public for kept in kept_keys() if kept.revoked_at is None}


def kept_keys() -> list[OwnKey]:
    """Return the keys that are in use towards somebody, newest first."""
    wanted = select(OwnKey).where(OwnKey.retired_at.is_(None))
    return list(db.session.scalars(wanted.order_by(OwnKey.made_at.desc(), OwnKey.key_id)))


def newest() -> dict[Purpose, OwnKey]:
    """Return the key of each purpose that is used wherever it is known."""
    found = [kept for kept in reversed(kept_keys()) if kept.revoked_at is None]
    return {purpose: kept for purpose in Purpose for kept in found if is_for(kept.key_id, purpose)}


def opened(kept: OwnKey, secret: str) -> SigningKey:
    """Decrypt a key.

    Raises:
        InvalidToken: when it was encrypted with another secret.
    """
    return from_pem(kept.key_id, _safe(secret).decrypt(kept.private))


def add_key(purpose: Purpose, secret: str) -> OwnKey:
    """Make the next key for a purpose, in the caller's transaction."""
    like = f"{this_city().origin}/actor#{purpose}-"
    number = (
        db.session.scalar(select(func.count(OwnKey.id)).where(OwnKey.key_id.startswith(like, autoescape=True))) or 0
    )
    key = generate(f"{like}{number + 1}")
    kept = OwnKey(key_id=key.key_id, public=key.public, private=_safe(secret).encrypt(to_pem(key)), made_at=now())
    db.session.add(kept)
    db.session.flush()  # whoever asks in this transaction finds it
    return kept


def seal_anew(secret: str, *, former: str) -> int:
    """Encrypt with another secret what was encrypted with the former one; return how many keys there are.

    Raises:
        InvalidToken: when the former one is not the one; nothing has changed then.
    """
    sealed = db.session.scalars(select(OwnKey).where(OwnKey.private != b"").with_for_update()).all()
    texts = [_safe(former).decrypt(kept.private) for kept in sealed]
    for kept, text in zip(sealed, texts, strict=True):
        kept.private = _safe(secret).encrypt(text)
    return len(sealed)


def retire_keys() -> None:
    """Let go of what a newer key replaced a month ago; earlier keys for objects stay listed, since proofs name them."""
    for purpose in Purpose:
        mine = [kept for kept in kept_keys() if is_for(kept.key_id, purpose)]
        for place, kept in enumerate(mine[1:], start=1):
            replaced = mine[place - 1].made_at < now() - OVERLAP
            if replaced and (purpose is not Purpose.PROOF or kept.revoked_at is not None or place >= MOST):
                kept.retired_at, kept.private = now(), b""


def _make(purposes: Iterable[Purpose], secret: str) -> None:
    try:
        with transaction():
            for purpose in purposes:
                add_key(purpose, secret)
    except IntegrityError:
        # the web process and the worker started at once; the other one's keys stand
        return


def _safe(secret: str) -> Fernet:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=AT_REST).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
