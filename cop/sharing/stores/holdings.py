# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What cities hold: ours, as far as a peer may see it, and our copies of theirs."""

from collections.abc import Iterator, Mapping

from sqlalchemy import ColumnElement, select

from cop.base.db import db
from cop.base.instance import this_city
from cop.communities.models import Community
from cop.knowledge.models import Article
from cop.meetings.models import Meeting, Topic
from cop.rotation.models import Assignment
from cop.sharing.queries import Thing
from cop.sharing.visible import Reader
from federation.digests import Entry
from federation.origins import Origin
from federation.ports import Level, Peer

MODELS: Mapping[str, type[Thing]] = {
    "Group": Community,
    "Event": Meeting,
    "Article": Article,
    "cop:Assignment": Assignment,
    "cop:Topic": Topic,
}
#: so many rows are in memory at once
ROWS = 1000


class SqlHoldings:
    """See `federation.digests.Holdings`."""

    def shown(self, peer: Peer, collection: str, *, after: str = "") -> Iterator[Entry]:
        """Go through what this peer may see of a collection of ours, in the order of the ids."""
        if peer.may_have(Level.READ):
            model = MODELS[collection]
            may = Reader(peer.origin, peer.level_out).may_see(model)
            yield from _entries(model, may, model.uri > f"{this_city().origin}/o/{after}")

    def held(self, origin: Origin, collection: str) -> Iterator[Entry]:
        """Go through our copies of a collection of a peer's."""
        model = MODELS[collection]
        yield from _entries(model, model.origin == origin)
        db.session.rollback()  # nothing stays open while the peer is awaited


def _entries(model: type[Thing], *which: ColumnElement[bool]) -> Iterator[Entry]:
    rows = select(model.uri, model.rev).where(*which).order_by(model.uri)
    for row in db.session.execute(rows, execution_options={"yield_per": ROWS}):
        yield row.uri, row.rev
