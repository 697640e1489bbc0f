# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which peer was given what: whoever has a thing is told what becomes of it."""

from collections.abc import Collection

from cop.base.db import db, insert_missing, new_id, transaction
from cop.sharing.models import ShownObject
from cop.sharing.queries import peer_of


def remember_shown(uris: Collection[str], origin: str) -> None:
    """Remember that a peer is given these things; in a transaction of its own, before it is."""
    peer = peer_of(origin)
    if peer is None or not uris:
        return
    rows = [{"id": new_id(), "object_uri": uri, "peer_id": peer.id} for uri in uris]
    with transaction():
        db.session.execute(insert_missing(ShownObject, dialect=db.engine.dialect.name), rows)
