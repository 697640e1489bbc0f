# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Our invitations to peer."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, update

from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.events import publish
from cop.sharing.events import PeerAsked
from cop.sharing.models import InvitationRecord
from cop.sharing.stores.peers import remember
from federation.ports import OpenInvitation, Peer


class SqlInvitations:
    """See `federation.ports.Invitations`."""

    def add(self, invitation: OpenInvitation) -> None:
        """Remember an invitation."""
        with transaction():
            db.session.add(
                InvitationRecord(
                    number=invitation.id,
                    token_hash=invitation.token_hash.hex(),
                    made_at=now(),
                    expires_at=invitation.until,
                )
            )

    def open(self, *, at: datetime) -> Sequence[OpenInvitation]:
        """List those that are neither used nor too old."""
        found = db.session.scalars(
            select(InvitationRecord).where(InvitationRecord.used_at.is_(None), InvitationRecord.expires_at > at)
        )
        return [OpenInvitation(kept.number, bytes.fromhex(kept.token_hash), kept.expires_at) for kept in found]

    def use(self, invitation_id: str, *, by: Peer, name: str, keys: Mapping[str, bytes]) -> bool:
        """Mark one as used and remember who used it; return False, and change nothing, when it was used already."""
        with transaction():
            used = db.session.execute(
                update(InvitationRecord)
                .where(InvitationRecord.number == invitation_id, InvitationRecord.used_at.is_(None))
                .values(used_at=now())
                .returning(InvitationRecord.id)
            ).one_or_none()
            if used is not None:
                remember(by, name=name, keys=keys)
                publish(PeerAsked(by.origin))
        return used is not None
