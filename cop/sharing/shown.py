# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which peer was given what: whoever has a thing is told what becomes of it."""

from collections.abc import Collection
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from cop.base.db import db, new_id, transaction
from cop.sharing.models import ShownObject
from cop.sharing.queries import peer_of


def remember_shown(uris: Collection[str], origin: str) -> None:
    """Remember that a peer is given these things; in a transaction of its own, before it is."""
    peer = peer_of(origin)
    if peer is None or not uris:
        return
    rows = [{"id": new_id(), "object_uri": uri, "peer_id": peer.id} for uri in uris]
    with transaction():
        insert: Any = {"sqlite": sqlite, "postgresql": postgresql}[db.engine.dialect.name].insert(ShownObject)
        db.session.execute(insert.on_conflict_do_nothing(), rows)
