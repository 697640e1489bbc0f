# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Telling other cities about things of ours: that they are new, changed, or none of their business any more."""

from collections.abc import Collection, Iterator

from sqlalchemy import delete, select, update

from cop.base.audience import Audience
from cop.base.clock import now
from cop.base.db import changed, db
from cop.base.instance import is_ours
from cop.communities.models import Community
from cop.knowledge.models import Article
from cop.meetings.models import Meeting
from cop.sharing.documents import document_of, tombstone, tombstone_of_ours, type_of
from cop.sharing.models import DeliveryRecord, DeliveryState, PeerRecord, ShownObject, Tombstone
from cop.sharing.outgoing.answers import links_for_guests
from cop.sharing.outgoing.speaking import activity, at_the_end
from cop.sharing.own_log import erase_entries
from cop.sharing.queries import Thing, find_thing, receivers_of, shown_to, things_of
from cop.sharing.stores.log import Saying


def tell(thing: Thing) -> None:
    """Tell all who may know of a thing of ours how it is when this transaction ends."""
    if is_ours(thing.origin):
        uri = thing.uri
        at_the_end(("tell", uri), lambda: _told(find_thing(uri)))


def tell_news(thing: Thing) -> None:
    """Bring what each city has of a thing of ours in line with what it may have now."""
    uri = thing.uri
    at_the_end(("news", uri), lambda: _told(find_thing(uri), only_new=True))


def tell_all_of(community: Community, *, takes_back: bool = False) -> None:
    """Bring what each city has of a community in line with what it may have now.

    `takes_back` gives what a city may not have any more its next revision, for all who still have it: nothing that was
    said before and arrives later can bring it back there.
    """
    if is_ours(community.origin):
        community_id = community.id
        at_the_end(
            ("all", community_id), lambda: _all_told(db.session.get_one(Community, community_id), takes_back=takes_back)
        )


def tell_gone(thing: Thing) -> None:
    """Tell all who have a thing of ours that it is gone for ever."""
    if not is_ours(thing.origin):
        return
    grave = Tombstone(
        uri=thing.uri,
        origin=thing.origin,
        rev=thing.rev + 1,
        final=True,
        deleted_at=now(),
        former=type_of(thing),
        audience=thing.audience if isinstance(thing, Article) else Audience.COMMUNITY,
        community_id=getattr(thing, "community_id", None),
    )
    at_the_end(("gone", thing.uri), lambda: _gone(grave))


def tell_hidden(thing: Thing) -> None:
    """Tell all who have a thing of ours to forget it: it goes from here, and may come back."""
    if is_ours(thing.origin):
        # worked out now: it is not here any more when this transaction ends
        said = list(_hidden(thing, shown_to(thing.uri)))
        at_the_end(("hidden", thing.uri), lambda: said)


def _told(thing: Thing | None, *, only_new: bool = False, takes_back: bool = False) -> Iterator[Saying]:
    if thing is None:
        return
    may, have = receivers_of(thing), shown_to(thing.uri)
    if takes_back and have - may:
        changed(thing)
        only_new = False
    yield from _hidden(thing, have - may)
    hear = may - have if only_new else may
    if hear:
        if may - have:
            _remember(thing.uri, may - have)
        first = thing.rev == 1 and not have
        yield Saying(activity("Create" if first else "Update", document_of(thing)), thing.uri, hear)
    if may - have and isinstance(thing, Meeting):
        yield from links_for_guests(thing, may - have)


def _all_told(community: Community, *, takes_back: bool) -> Iterator[Saying]:
    for thing in things_of(community):
        yield from _told(thing, only_new=True, takes_back=takes_back)


def _hidden(thing: Thing, lose: Collection[str]) -> Iterator[Saying]:
    if lose:
        _forget(thing.uri, lose)
        _hold_back(thing.uri, lose)
        grave = tombstone(thing.uri, former=type_of(thing), rev=thing.rev, final=False)
        yield Saying(activity("Delete", grave), thing.uri, lose)


def _gone(grave: Tombstone) -> Iterator[Saying]:
    have = shown_to(grave.uri)
    _forget(grave.uri, have)
    erase_entries(grave.uri)
    db.session.add(grave)
    if have:
        yield Saying(activity("Delete", tombstone_of_ours(grave)), grave.uri, have)


def _hold_back(uri: str, origins: Collection[str]) -> None:
    """Let what waits for cities about a thing not go out: they may not have it any more."""
    peers = select(PeerRecord.id).where(PeerRecord.origin.in_(origins))
    waiting = (
        DeliveryRecord.peer_id.in_(peers),
        DeliveryRecord.object_uri == uri,
        DeliveryRecord.state == DeliveryState.DUE,
    )
    db.session.execute(update(DeliveryRecord).where(*waiting).values(state=DeliveryState.ENDED))


def _remember(uri: str, origins: Collection[str]) -> None:
    for peer_id in db.session.scalars(select(PeerRecord.id).where(PeerRecord.origin.in_(origins))).all():
        db.session.add(ShownObject(object_uri=uri, peer_id=peer_id))


def _forget(uri: str, origins: Collection[str]) -> None:
    peers = select(PeerRecord.id).where(PeerRecord.origin.in_(origins))
    db.session.execute(delete(ShownObject).where(ShownObject.object_uri == uri, ShownObject.peer_id.in_(peers)))
