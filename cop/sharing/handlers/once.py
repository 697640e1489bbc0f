# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Twice equals once: what an activity changes and that it was handled are written together."""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from cop.base.clock import now
from cop.base.db import db, locked, transaction
from cop.base.errors import Problem
from cop.sharing.models import ReceivedActivity
from cop.sharing.outgoing.answers import reject
from cop.sharing.readings import read_soon
from federation.activities import VerifiedActivity
from federation.errors import Refused, forbidden

Handler = Callable[[VerifiedActivity], None]
MOST_TRIES = 12


class NotYet(Exception):  # noqa: N818  said as it is
    """What this is about isn't known here yet; it may be on its way."""


def keeping(handler: Handler) -> Handler:
    """Let a handler keep a copy; the stored owner decides.

    What refers to something unknown comes back later, a dozen times, and so
    does what the tables refuse: it may clash with something that is about to go.
    """

    def run(verified: VerifiedActivity) -> None:
        try:
            _once(handler, verified)
        except Problem as problem:
            raise forbidden("owner", "not the home of this object") from problem
        except NotYet as early:
            if _tries(verified) >= MOST_TRIES:
                raise Refused("unknown_object", "refers to something that never came", 403) from early
            with transaction():
                read_soon(verified.sender)
            raise
        except IntegrityError as clash:
            if _tries(verified) >= MOST_TRIES:
                raise Refused("clash", "contradicts what is kept of this city", 403) from clash
            raise

    return run


def answering(handler: Handler) -> Handler:
    """Let a handler do what a member of another city wants; what a person here would be refused, is refused there."""

    def run(verified: VerifiedActivity) -> None:
        try:
            _once(handler, verified)
        except Problem as problem:
            refusal = problem  # the name goes with the block
            _once(lambda again: reject(again.activity.id, refusal, to=again.sender), verified)

    return run


def _once(handler: Handler, verified: VerifiedActivity) -> None:
    with transaction():
        kept = _kept(verified)
        if kept.processed_at is not None:
            return
        handler(verified)
        kept.processed_at, kept.due_at, kept.outcome = now(), None, ""


def _kept(verified: VerifiedActivity) -> ReceivedActivity:
    asked = select(ReceivedActivity).where(
        ReceivedActivity.sender == verified.sender, ReceivedActivity.activity_id == verified.activity.id
    )
    return db.session.scalars(locked(asked, ReceivedActivity)).one()


def _tries(verified: VerifiedActivity) -> int:
    return (
        db.session.scalar(
            select(ReceivedActivity.attempts).where(
                ReceivedActivity.sender == verified.sender, ReceivedActivity.activity_id == verified.activity.id
            )
        )
        or 0
    )
