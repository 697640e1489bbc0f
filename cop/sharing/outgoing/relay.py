# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Passing on what other cities made public and proved, to cities that trust us with it (level 4).

Only what is public: a city can't know to whom else another one shows the rest.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from sqlalchemy import Select, delete, select, update

from cop.base.audience import Audience
from cop.base.db import db
from cop.base.found import by_uri
from cop.sharing.asked_once import ask_once
from cop.sharing.models import DeliveryRecord, DeliveryState, LogEntry, PeerRecord, ProvedCopy
from cop.sharing.outgoing.speaking import activity, at_the_end
from cop.sharing.queries import find_thing
from cop.sharing.stores.log import Saying
from federation.ports import Level, PeerState


def pass_on(document: Mapping[str, Any], facts: Mapping[str, Any], *, sender: str) -> None:
    """Keep another city's proved article if it is news and public, and pass it on; what is no longer public goes.

    News is what our copy was made of just now: an older version, proved as well, may have been public once.
    """
    uri, origin, rev = facts["uri"], facts["origin"], facts["rev"]
    kept = _copy(uri)
    if kept is None and facts.get("audience") != Audience.PUBLIC:
        return
    copy = find_thing(uri)
    if copy is None or copy.rev != rev or (kept is not None and kept.rev >= rev):
        return
    if facts.get("audience") == Audience.PUBLIC and "proof" in document:
        _keep(kept, uri=uri, origin=origin, rev=rev, document=document)
        _announce(uri, but={origin, sender})
    elif kept is not None:
        db.session.delete(kept)


def pass_on_gone(document: Mapping[str, Any], *, uri: str, rev: int, final: bool, sender: str) -> None:
    """Pass on that a thing is gone to whom we passed the thing; what is only hidden is no longer ours to pass on."""
    kept = _copy(uri)
    if kept is None or kept.document.get("type") == "Tombstone":
        return
    if "proof" in document and final:
        _keep(kept, uri=uri, origin=kept.origin, rev=rev, document=document)
        _announce(uri, but={kept.origin, sender})
    else:
        db.session.delete(kept)


def forget_proved(origin: str) -> None:
    """Pass on nothing any more of a city whose peering ended."""
    db.session.execute(delete(ProvedCopy).where(ProvedCopy.origin == origin))


def hold_back_announced(uris: Select[str]) -> None:
    """Let what waits to be passed on about the things that a question names not go out."""
    announced = select(LogEntry.id).where(LogEntry.type == "Announce", LogEntry.object_uri.in_(uris))
    waiting = (DeliveryRecord.state == DeliveryState.DUE, DeliveryRecord.entry_id.in_(announced))
    db.session.execute(update(DeliveryRecord).where(*waiting).values(state=DeliveryState.ENDED))


def announce_again(origin: str, uris: Collection[str]) -> None:
    """Pass on these things of a city again, of those that may be passed on."""
    for uri in db.session.scalars(select(ProvedCopy.uri).where(ProvedCopy.origin == origin)):
        if uri in uris:
            _announce(uri, but={origin})


def relay_to(origin: str) -> None:
    """Give a city that begins to trust us with it all that we may pass on."""
    if origin not in _trusting():
        return
    for uri, home in db.session.execute(select(ProvedCopy.uri, ProvedCopy.origin).order_by(ProvedCopy.id)).all():
        if home != origin:
            at_the_end(("relay", uri, origin), partial(_said, uri, {origin}))


def _copy(uri: str) -> ProvedCopy | None:
    return by_uri(ProvedCopy, uri)


def _keep(kept: ProvedCopy | None, *, uri: str, origin: str, rev: int, document: Mapping[str, Any]) -> None:
    if kept is None:
        db.session.add(ProvedCopy(uri=uri, origin=origin, rev=rev, document=dict(document)))
    else:
        kept.rev, kept.document = rev, dict(document)


def _announce(uri: str, *, but: set[str]) -> None:
    at_the_end(("relay", uri), lambda: _said(uri, ask_once("trusting", _trusting) - but))


def _trusting() -> set[str]:
    trusting = (PeerRecord.state == PeerState.ACTIVE, PeerRecord.level_out >= Level.RELAY)
    return set(db.session.scalars(select(PeerRecord.origin).where(*trusting)))


def _said(uri: str, to: Iterable[str]) -> Iterator[Saying]:
    kept, hear = _copy(uri), set(to)
    if kept is not None and hear:
        yield Saying(activity("Announce", kept.document), uri, hear)
