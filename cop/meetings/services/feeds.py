# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A person's own calendar address: made, shown once, ended."""

import hashlib
import secrets
from uuid import UUID

from sqlalchemy import delete

from cop.base.clock import now
from cop.base.db import db
from cop.meetings.models import CalendarFeed

TOKEN_BYTES = 32


def make_feed(person_id: UUID) -> str:
    """Make a person's calendar address and return its token, which is stored nowhere; an older one ends."""
    end_feed(person_id)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    db.session.add(CalendarFeed(person_id=person_id, token_hash=token_hash(token), made_at=now()))
    db.session.flush()  # a second one at the same moment fails here, not later
    return token


def end_feed(person_id: UUID) -> None:
    """Make a person's calendar address useless."""
    db.session.execute(delete(CalendarFeed).where(CalendarFeed.person_id == person_id))


def token_hash(token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
