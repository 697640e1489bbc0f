# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the worker does: take what came, send what is due, forget what need not be kept."""

from datetime import timedelta
from time import monotonic

from flask import current_app
from sqlalchemy import delete, select, update

from cop.base.clock import now
from cop.base.db import db, transaction
from cop.sharing import epochs
from cop.sharing.dispatch import Dispatcher
from cop.sharing.handlers.answers import give_up_dropped
from cop.sharing.hub import hub
from cop.sharing.keys import retire_keys
from cop.sharing.models import (
    DeliveryRecord,
    DeliveryState,
    InvitationRecord,
    Nonce,
    PeerRecord,
    Quarantine,
    ReceivedActivity,
    SecurityEventRecord,
)
from cop.sharing.reading import Readers
from cop.sharing.readings import read_soon
from cop.sharing.window import BODY_KEPT
from federation.ports import PeerState

REFUSALS_KEPT = timedelta(days=90)
BATCH = 100
#: then the worker looks whether it is to end
TURN_S = 2.0


def process_received() -> int:
    """Hand what peers sent to its handlers, for one turn; return how much is settled."""
    settled, ends = 0, monotonic() + TURN_S
    while some := hub().inbox.process(hub().router, limit=BATCH):
        settled += some
        if monotonic() > ends:
            break
    return settled


def deliver_due() -> None:
    """Begin to send what is due; returns at once."""
    dispatcher().start()


def begin(database: str) -> None:
    """Look whether this is the database we left, and let all cities be read: who knows what they said meanwhile."""
    epochs.look_back(database)
    with transaction():
        read_soon()


def read_due() -> None:
    """Begin to read the cities that are to be read now; returns at once."""
    readers().start()


def readers() -> Readers:
    """Return what reads for this app."""
    found: Readers = current_app.extensions["cop.readers"]
    return found


def tidy_connections() -> None:
    """Close connections that nobody uses."""
    dispatcher().tidy()


def dispatcher() -> Dispatcher:
    """Return what delivers for this app."""
    found: Dispatcher = current_app.extensions["cop.dispatcher"]
    return found


def close() -> None:
    """Finish what is being sent, and let go of the connections; nothing is begun any more."""
    dispatcher().close()
    readers().close()
    hub().transport.close()


def tidy() -> None:
    """Forget nonces that can't be replayed any more, old invitations and refusals, and bodies after 30 days.

    What was dropped 30 days ago can't be taken back any more; and a city that can't be told for 30 days that its
    peering ended is not told.
    """
    with transaction():
        db.session.execute(delete(Nonce).where(Nonce.expires_at < now()))
        db.session.execute(delete(InvitationRecord).where(InvitationRecord.expires_at < now() - BODY_KEPT))
        db.session.execute(delete(SecurityEventRecord).where(SecurityEventRecord.at < now() - REFUSALS_KEPT))
        settled = ReceivedActivity.due_at.is_(None)
        old = (settled, ReceivedActivity.received_at < now() - BODY_KEPT, ReceivedActivity.body.is_not(None))
        # what is in quarantine may come back
        free = ReceivedActivity.sender.not_in(select(PeerRecord.origin).join(Quarantine))
        db.session.execute(update(ReceivedActivity).where(*old, free).values(body=None))
        give_up_dropped()
        retire_keys()
        long_ended = select(PeerRecord.id).where(
            PeerRecord.state == PeerState.ENDED, PeerRecord.ended_at < now() - BODY_KEPT
        )
        unheard = (DeliveryRecord.state == DeliveryState.DUE, DeliveryRecord.peer_id.in_(long_ended))
        db.session.execute(update(DeliveryRecord).where(*unheard).values(state=DeliveryState.ENDED))
