# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What other cities, and browsers, find under the ids of our things."""

from importlib.metadata import version
from typing import Any

from sqlalchemy import select

from cop.base.db import db
from cop.base.instance import is_ours, this_city
from cop.communities.models import Community, MembershipRecord, MemberState
from cop.knowledge.models import Article
from cop.meetings.models import Meeting, Topic
from cop.sharing.documents import document_of, tombstone_of_ours
from cop.sharing.gone_views import page_of_gone
from cop.sharing.people import person_facts
from cop.sharing.proving import proved
from cop.sharing.queries import Thing, find_thing, receivers_of, shown_to, tombstone_of
from cop.sharing.rules import WORK, username
from cop.sharing.shown import remember_shown
from federation.activities import CONTEXT, JSON
from federation.discovery import Software, introduced
from federation.invitations import City
from federation.ports import Peer

PERSON = "/m/"


def software() -> Software:
    """Say what this city runs."""
    return Software("reihum", version("reihum"))


class Readable:
    """See `federation.flask.Documents`."""

    def actor(self) -> JSON:
        """Describe the city with its public keys."""
        from cop.sharing.hub import hub

        city: City = hub().city
        return introduced(city.document(), username=username(this_city().short), software=software())

    def find(self, path: str, *, peer: Peer | None) -> JSON | None:
        """Find the document whose id has this path, if this peer may see it; a Tombstone if deleted."""
        uri = f"{this_city().origin}{path}"
        grave = tombstone_of(uri)
        if grave is not None and is_ours(grave.origin):
            # what it was is told to cities only, in the form in which they can pass it on
            return tombstone_of_ours(grave) if peer else _with_context(tombstone_of_ours(grave, former="Object"))
        if peer is None:
            return None
        return _person(uri, peer) if path.startswith(PERSON) else _thing(uri, peer)

    def page(self, path: str) -> str | None:
        """Name the page for people about it; whether they may see it, the page decides."""
        if gone := page_of_gone(path):
            return gone
        thing = find_thing(f"{this_city().origin}{path}")
        return None if thing is None else _page_of(thing)


def _thing(uri: str, peer: Peer) -> dict[str, Any] | None:
    thing = _seen_by(uri, peer)
    if thing is not None and peer.origin not in shown_to(uri):
        remember_shown([uri], peer.origin)
        thing = _seen_by(uri, peer)  # whatever became of it before, the peer was not told
    return None if thing is None else document_of(thing)


def _seen_by(uri: str, peer: Peer) -> Thing | None:
    thing = find_thing(uri)
    return thing if thing is not None and is_ours(thing.origin) and peer.origin in receivers_of(thing) else None


def _person(uri: str, peer: Peer) -> dict[str, Any] | None:
    record = db.session.scalar(select(MembershipRecord).where(MembershipRecord.uri == uri))
    if record is None or not is_ours(record.person.origin) or peer.level_out < WORK:
        return None
    home = record.community.origin
    # who asks is known to the home alone, and who left to nobody
    cities = {
        MemberState.ACTIVE: {home, *record.community.members_by_city},
        MemberState.ASKED: {home},
    }.get(MemberState(record.state), set())
    facts = person_facts(record.community_id, record.person) if peer.origin in cities else None
    return None if facts is None else _with_context({"type": "Person", "id": uri, "name": facts["name"]})


def _with_context(document: dict[str, Any]) -> dict[str, Any]:
    return proved({"@context": list(CONTEXT), **document})


def _page_of(thing: Thing) -> str | None:
    match thing:
        case Community():
            return f"/communities/{thing.id}"
        case Meeting():
            return f"/meetings/{thing.id}"
        case Article():
            return f"/knowledge/{thing.id}"
        case Topic() if thing.meeting_id is not None:
            return f"/meetings/{thing.meeting_id}"
        case _:
            return f"/communities/{thing.community_id}"
