# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Tokens that hold once."""

import hashlib
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from cop.accounts.models import SpentToken
from cop.base.clock import now
from cop.base.db import db


def spend_token(issuer: str, jti: str, *, until: datetime) -> bool:
    """Remember that a signed token was used; False when it was before.

    Args:
        issuer: who signed it.
        jti: its id.
        until: when it is refused for its age, and need not be remembered any more.
    """
    number = hashlib.sha256(jti.encode(errors="replace")).hexdigest()
    try:
        with db.session.begin_nested():
            db.session.add(SpentToken(issuer=issuer, jti_hash=number, until=until))
    except IntegrityError:
        return False
    return True


def forget_spent_tokens() -> None:
    """Delete what is too old to come again."""
    db.session.execute(delete(SpentToken).where(SpentToken.until <= now()))
