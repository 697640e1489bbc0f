# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Twice equals once: what an activity changes and that it was handled are written together."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import and_, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from cop.accounts.models import Person
from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.errors import Problem
from cop.base.events import told_at_the_end
from cop.base.found import Kinds, looked_up
from cop.knowledge.models import Article
from cop.sharing.models import ProvedCopy, QuarantinedThing, ReceivedActivity, Tombstone
from cop.sharing.outgoing.answers import reject
from cop.sharing.queries import MODELS
from cop.sharing.readings import read_soon
from federation.activities import VerifiedActivity
from federation.errors import Refused, forbidden
from federation.ports import PinnedKeys
from federation.router import Act, Handler, Preparation, in_turn

MOST_TRIES = 12


class NotYet(Exception):  # noqa: N818  said as it is
    """What this is about isn't known here yet; it may be on its way."""


#: what activities are about, and what they refer to
KINDS: Kinds = dict.fromkeys((*MODELS, Person, Tombstone, QuarantinedThing, ProvedCopy), ()) | {
    Article: (selectinload(Article.revisions),),
}


def keeping(handler: Handler) -> Preparation:
    """Let a handler do together with others what it has nothing to make ready for."""

    def prepare(verified: VerifiedActivity, keys: PinnedKeys) -> Act:
        return Act(verified, lambda: handler(verified), about=[verified.activity.object_id or ""])

    return prepare


def keep_together(acts: Sequence[Act]) -> None:
    """Keep what several activities say in one transaction; the stored owners decide.

    What refers to something unknown comes back later, a dozen times, and so
    does what the tables refuse: it may clash with something that is about to go.
    """
    try:
        _at_once(acts)
    except (Problem, NotYet, IntegrityError) as fault:
        if len(acts) == 1:  # else each of them is tried again
            _settle(fault, acts[0].verified)
        raise


def _settle(fault: Exception, verified: VerifiedActivity) -> None:
    """Refuse what failed for good."""
    if isinstance(fault, Problem):
        raise forbidden("owner", "not the home of this object") from fault
    tried_enough = _tries(verified) >= MOST_TRIES
    if tried_enough and isinstance(fault, IntegrityError):
        raise Refused("clash", "contradicts what is kept of this city", 403) from fault
    if tried_enough:
        raise Refused("unknown_object", "refers to something that never came", 403) from fault
    if isinstance(fault, NotYet):
        with transaction():
            read_soon(verified.sender)


def _at_once(acts: Sequence[Act]) -> None:
    with transaction():
        waiting = _waiting(acts)
        due = [act for act in acts if (act.verified.sender, act.verified.activity.id) in waiting]
        with looked_up(KINDS, {uri for act in due for uri in act.about}), told_at_the_end():
            in_turn(due)
        _mark(list(waiting.values()))


def answering(handler: Handler) -> Handler:
    """Let a handler do what a member of another city wants; what a person here would be refused, is refused there."""

    def run(verified: VerifiedActivity) -> None:
        try:
            _at_once([Act(verified, lambda: handler(verified))])
        except Problem as problem:
            refusal = problem  # the name goes with the block
            _at_once([Act(verified, lambda: reject(verified.activity.id, refusal, to=verified.sender))])

    return run


def _waiting(acts: Sequence[Act]) -> dict[tuple[str, str], UUID]:
    """Lock those that are not handled yet, in one order: sender and id of the activity -> the row's id."""
    said: dict[str, list[str]] = defaultdict(list)
    for act in acts:
        said[act.verified.sender].append(act.verified.activity.id)
    these = or_(
        *(
            and_(ReceivedActivity.sender == sender, ReceivedActivity.activity_id.in_(ids))
            for sender, ids in said.items()
        )
    )
    found = db.session.execute(
        select(ReceivedActivity.id, ReceivedActivity.sender, ReceivedActivity.activity_id)
        .where(these, ReceivedActivity.processed_at.is_(None))
        .order_by(ReceivedActivity.id)
        .with_for_update(key_share=True)
    )
    return {(row.sender, row.activity_id): row.id for row in found}


def _mark(ids: Sequence[UUID]) -> None:
    """Write down with what they changed that they are handled."""
    handled = {"processed_at": now(), "due_at": None, "outcome": ""}
    db.session.execute(
        update(ReceivedActivity).where(ReceivedActivity.id.in_(ids)).values(**handled),
        execution_options={"synchronize_session": False},
    )


def _tries(verified: VerifiedActivity) -> int:
    return (
        db.session.scalar(
            select(ReceivedActivity.attempts).where(
                ReceivedActivity.sender == verified.sender, ReceivedActivity.activity_id == verified.activity.id
            )
        )
        or 0
    )
