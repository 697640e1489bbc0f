# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What becomes of our copies of a city's things when its peering ended: kept, hidden, or deleted for good."""

from uuid import UUID

from sqlalchemy import delete, update

from cop.base.db import db
from cop.base.errors import Conflict
from cop.base.i18n import N_
from cop.sharing import shelf
from cop.sharing.models import Copies, PeerRecord, Quarantine, ReceivedActivity
from cop.sharing.queries import quarantine_of
from cop.sharing.rules import Trust
from cop.sharing.services import note, require_peer, require_state
from federation.ports import PeerState


def decide_copies(origin: str, wanted: Copies, *, by: UUID | None) -> None:
    """Keep, hide or delete our copies of the things of a city whose peering ended. Only deleting is for good.

    Raises:
        NotFound: when we don't know the city.
        Conflict: when it is a partner, or the copies were deleted.
    """
    peer = require_peer(origin)
    require_state(peer, PeerState.ENDED)
    if peer.copies == wanted:
        return
    if peer.copies == Copies.PURGED:
        raise Conflict(N_("What came from this city was deleted for good."))
    _change(peer, wanted)
    note(Trust.COPIES, origin, by=by, copies=wanted)


def resume_copies(origin: str) -> None:
    """Show again what was hidden: a city is a partner again."""
    peer = require_peer(origin)
    if peer.copies == Copies.HIDDEN:
        _show(peer)
    peer.copies = Copies.KEPT


def _change(peer: PeerRecord, wanted: Copies) -> None:
    if wanted == Copies.KEPT:
        _show(peer)
    elif peer.copies == Copies.KEPT:
        shelf.put_away(peer.origin)
    if wanted == Copies.PURGED:
        for batch in shelf.batches(peer.origin):
            shelf.throw_away(batch)
        db.session.execute(delete(Quarantine).where(Quarantine.peer_id == peer.id))
        shelf.forget_strangers(peer.origin)
        theirs = (ReceivedActivity.sender == peer.origin, ReceivedActivity.due_at.is_(None))
        db.session.execute(update(ReceivedActivity).where(*theirs).values(body=None))
    peer.copies = wanted


def _show(peer: PeerRecord) -> None:
    """Bring back all but what is in quarantine."""
    begun = quarantine_of(peer.origin)
    for batch in shelf.batches(peer.origin):
        if begun is None or batch != begun.batch:
            shelf.bring_back(batch)
