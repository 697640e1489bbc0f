# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Partner cities: what they get when they are new."""

from collections.abc import Iterator

from sqlalchemy import delete, select

from cop.base.db import db
from cop.base.instance import this_city
from cop.communities.models import Community
from cop.knowledge.models import Article
from cop.sharing.documents import city_document
from cop.sharing.models import PeerReading, PeerReceipt
from cop.sharing.outgoing.relay import relay_to
from cop.sharing.outgoing.speaking import activity, actor, at_the_end
from cop.sharing.outgoing.things import tell_all_of, tell_news
from cop.sharing.queries import active_peers, as_peer, peer_of
from cop.sharing.rules import Trust
from cop.sharing.services import FACTS, note, remember_city
from cop.sharing.stores.log import Saying
from federation.origins import Origin
from federation.peering import farewell


def connect(origin: str) -> None:
    """Begin a partnership that both sides confirmed: show the city and greet it; what it may see it reads itself."""
    peer = peer_of(origin)
    if peer is None:
        return
    remember_city(origin, {name: getattr(peer, name) for name in FACTS})
    # whatever was between us before, it is read from the beginning
    db.session.execute(delete(PeerReading).where(PeerReading.peer_id == peer.id))
    db.session.execute(delete(PeerReceipt).where(PeerReceipt.peer_id == peer.id))
    note(Trust.CONNECTED, origin)
    # before all else, whenever that is sent: what we write is proved with keys that stand in it
    introduce(origin)
    if peer.greeted:
        relay_to(origin)


def greet(origin: str) -> None:
    """Take a city's first word since it knows our answer: from now on it hears everything."""
    peer = peer_of(origin)
    if peer is not None and not peer.greeted:
        peer.greeted = True
        relay_to(origin)


def introduce(origin: str) -> None:
    """Say to a city who we are, with what concerns the keys between both."""
    at_the_end(("greet", origin), lambda: _greeting(origin))


def introduce_to_all() -> None:
    """Say it to every partner city."""
    for origin in active_peers():
        introduce(origin)


def give(origin: str) -> None:
    """Bring what each city has of us in line with what it may have now; `origin` is the one for which it changed."""
    relay_to(origin)
    for community in db.session.scalars(select(Community).where(Community.origin == this_city().origin)):
        tell_all_of(community)
    ours = (Article.origin == this_city().origin, Article.community_id.is_(None))
    for article in db.session.scalars(select(Article).where(*ours)):
        tell_news(article)


def part(origin: str) -> None:
    """Tell a city that the peering is over."""
    peer = peer_of(origin)
    if peer is not None and peer.offer_id is not None:
        said = Saying(farewell(as_peer(peer), by=Origin(this_city().origin)), peer.offer_id, {origin})
        at_the_end(("part", origin), lambda: [said])


def _greeting(origin: str) -> Iterator[Saying]:
    yield Saying(activity("Update", city_document(to=origin)), actor(), {origin})
