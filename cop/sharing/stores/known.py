# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What this city holds, as far as a peer may refer to it."""

from collections.abc import Collection, Mapping

from sqlalchemy import select

from cop.base.db import db
from cop.base.instance import is_ours, this_city
from cop.sharing.models import DeliveryRecord, LogEntry, PeerRecord, ReceivedActivity
from cop.sharing.queries import find_thing, owner_uri, owners_of, receivers_of, tombstone_of
from cop.sharing.stores.intake import received
from federation import strict_json
from federation.activities import parse_activity
from federation.origins import Origin

#: a wish comes right behind its Join, or what was waiting is handled long before it is tried again
LATEST = 100


class SqlKnown:
    """See `federation.ports.Known`."""

    def object(self, object_id: str, *, sender: Origin) -> bool:
        """Tell whether we hold this object and the sender may see it, or it is one of ours that is gone.

        That something is gone everybody may know: whoever asks for it is told, and whoever wants something of it, too.
        """
        thing = find_thing(object_id)
        if thing is None:
            return object_id == f"{this_city().origin}/actor" or _is_gone(object_id)
        if is_ours(thing.origin):
            return sender in receivers_of(thing) or _is_gone(object_id)
        return thing.origin == sender

    def sent(self, activity_id: str, *, to: Origin) -> bool:
        """Tell whether we sent this activity to this peer."""
        found = db.session.scalar(
            select(DeliveryRecord.id)
            .join(LogEntry, LogEntry.id == DeliveryRecord.entry_id)
            .join(PeerRecord, PeerRecord.id == DeliveryRecord.peer_id)
            .where(LogEntry.activity_id == activity_id, PeerRecord.origin == to)
        )
        return found is not None

    def received(self, activity_id: str, *, sender: Origin) -> bool:
        """Tell whether this activity came from this peer."""
        return received(activity_id, sender=sender)

    def joining(self, sender: Origin) -> bool:
        """Tell whether a Join from this peer is not handled yet, of the latest that waits."""
        waits = (ReceivedActivity.due_at.is_not(None), ReceivedActivity.body.is_not(None))
        bodies = select(ReceivedActivity.body).where(ReceivedActivity.sender == sender, *waits)
        latest = db.session.scalars(bodies.order_by(ReceivedActivity.id.desc()).limit(LATEST))
        return any(parse_activity(strict_json.loads(body)).type == "Join" for body in latest if body is not None)

    def attributed_to(self, object_id: str) -> str | None:
        """Name whom the stored object is attributed to; None when we don't hold it."""
        thing = find_thing(object_id)
        return None if thing is None else owner_uri(thing)

    def owners(self, object_ids: Collection[str]) -> Mapping[str, str]:
        """Name whom each of these objects is attributed to, of those that we hold."""
        return owners_of(object_ids)


def _is_gone(object_id: str) -> bool:
    grave = tombstone_of(object_id)
    return grave is not None and grave.final and is_ours(grave.origin)
