# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Quarantine: what came from a city since a moment is nowhere, until administrators say what becomes of it.

What is new since then goes on the shelf, with all that hangs on it; what only changed stands as it was before, where
that is known. Both come back: the first from the shelf, the second by the words in which it was said last.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, func, select, update

from cop.base.clock import now
from cop.base.db import db, new_id
from cop.base.errors import Conflict, Forbidden
from cop.base.i18n import N_
from cop.knowledge.models import Article, Revision
from cop.sharing import proposals, shelf
from cop.sharing.handlers.news import KEEPERS, keep_again
from cop.sharing.handlers.objects import bury
from cop.sharing.handlers.once import NotYet
from cop.sharing.models import Copies, PeerRecord, ProvedCopy, Quarantine, QuarantinedThing, ReceivedActivity, Tombstone
from cop.sharing.outgoing.relay import announce_again, hold_back_announced
from cop.sharing.queries import MODELS, find_thing, quarantine_of, tombstone_of
from cop.sharing.readings import read_anew
from cop.sharing.rules import Trust
from cop.sharing.services import note, require_peer
from cop.sharing.stores.intake import HELD
from cop.sharing.window import BODY_KEPT, Change, Saying, changes_since, said_about

#: what others refer to comes first
ORDER = [*KEEPERS, ""]
NOTHING = N_("Nothing of this city is in quarantine.")


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in quarantine of a city: things that are hidden, or stand as they were; messages that wait."""

    since: datetime
    holds: bool
    hidden: int
    restored: int
    waiting: int


def begin_quarantine(origin: str, *, since: datetime, holds: bool, by: UUID | None) -> None:
    """Hide what came from a city since a moment, and what its people proposed here since then.

    With a moment more than 30 days ago everything of the city is hidden: it isn't known any more what came when.

    Args:
        origin: of the city.
        since: the moment.
        holds: whether what comes from now on waits, too; else it is taken as always.
        by: the administrator; none by command.

    Raises:
        NotFound: when we don't know the city.
        Conflict: when it is in quarantine already, or the moment lies ahead.
    """
    peer = require_peer(origin)
    if quarantine_of(origin) is not None:
        raise Conflict(N_("There is a quarantine already. Please end it first."))
    if since > now():
        raise Conflict(N_("This moment lies ahead."))
    begun = Quarantine(id=new_id(), peer_id=peer.id, since=since, begun_at=now(), holds=holds)
    known = since >= now() - BODY_KEPT
    changes = changes_since(origin, since) if known else {}
    revs = {uri: change.last.rev for uri, change in changes.items()} if known else _all_revs(origin)
    restored = _restore(changes)
    also = _later_parts(origin, restored.keys())
    topics = proposals.take_from_others(origin, since)
    meetings = {topic.meeting_id for topic in topics if topic.meeting_id is not None}
    also["topic"] = {topic.id for topic in topics}
    begun.batch = shelf.put_away(origin, revs.keys() - restored.keys(), also)
    proposals.recount(meetings)
    db.session.add(begun)
    db.session.flush()  # what is in it refers to it
    for uri, rev in revs.items():
        said_id = restored[uri].last.received_id if uri in restored else None
        db.session.add(QuarantinedThing(quarantine_id=begun.id, uri=uri, rev=rev, said_id=said_id))
    db.session.flush()  # the next statement reads which things they are
    hold_back_announced(_uris(begun))
    note(Trust.QUARANTINED, origin, by=by, since=since.isoformat())


def release_quarantine(origin: str, *, by: UUID | None) -> None:
    """Undo a quarantine: everything is as it would be without it, with what arrived meanwhile.

    Raises:
        NotFound: when we don't know the city.
        Conflict: when nothing of it is in quarantine, or all of it was hidden since.
    """
    begun = _require(origin)
    if require_peer(origin).copies == Copies.HIDDEN:
        raise Conflict(N_("What came from this city was hidden when the connection ended. Please show it first."))
    since, batch, things = begun.since, begun.batch, _things(begun)
    _forget(begun)
    if batch is not None:
        shelf.bring_back(batch)
    said = [each for each in things.values() if each is not None]
    for saying in sorted(said, key=lambda each: ORDER.index(each.type)):
        _say_again(saying, origin)
    for uri in things:
        grave = tombstone_of(uri)
        if grave is not None and grave.final and find_thing(uri) is not None:  # deleted meanwhile
            bury({"id": uri, "cop:rev": grave.rev}, sender=origin, by=origin)
    proposals.give_again(origin, since)
    announce_again(origin, things.keys())
    read_anew(origin)
    note(Trust.RELEASED, origin, by=by)


def drop_quarantine(origin: str, *, by: UUID | None) -> None:
    """Delete for good what is in quarantine and what waits, and read the city anew: it says how things stand.

    Raises:
        NotFound: when we don't know the city.
        Conflict: when nothing of it is in quarantine.
    """
    begun = _require(origin)
    if begun.batch is not None:
        shelf.throw_away(begun.batch)
    waits = update(ReceivedActivity).where(_waiting(origin)).values(due_at=None, outcome="quarantined")
    db.session.execute(waits, execution_options={"synchronize_session": False})
    db.session.execute(delete(Tombstone).where(Tombstone.uri.in_(_uris(begun))))
    _forget(begun)
    read_anew(origin)
    note(Trust.QUARANTINE_DROPPED, origin, by=by)


def contents(origin: str) -> Contents | None:
    """Say what is in quarantine of a city; None when nothing is."""
    return all_contents().get(origin)


def all_contents() -> dict[str, Contents]:
    """Say what is in quarantine of each city, by its origin."""
    begun = db.session.execute(select(Quarantine, PeerRecord.origin).join(PeerRecord)).all()
    if not begun:
        return {}
    hidden = shelf.count_things()
    of = QuarantinedThing.quarantine_id
    restored = _counted(select(of, func.count()).where(QuarantinedThing.said_id.is_not(None)).group_by(of))
    sender = ReceivedActivity.sender
    held = (ReceivedActivity.due_at.is_not(None), HELD)
    waiting = _counted(select(sender, func.count()).where(*held).group_by(sender))
    return {
        origin: Contents(
            each.since,
            each.holds,
            hidden=hidden.get(each.batch, 0) if each.batch is not None else 0,
            restored=restored.get(each.id, 0),
            waiting=waiting.get(origin, 0),
        )
        for each, origin in begun
    }


def _counted(asked: Select[Any, int]) -> dict[Any, int]:
    return {row[0]: row[1] for row in db.session.execute(asked)}


def _require(origin: str) -> Quarantine:
    require_peer(origin)
    begun = quarantine_of(origin)
    if begun is None:
        raise Conflict(NOTHING)
    return begun


def _uris(begun: Quarantine) -> Select[str]:
    return select(QuarantinedThing.uri).where(QuarantinedThing.quarantine_id == begun.id)


def _things(begun: Quarantine) -> dict[str, Saying | None]:
    """Return what is in quarantine: id -> what was said last of it, where it stands as it was before."""
    mine = select(QuarantinedThing.uri, QuarantinedThing.said_id).where(QuarantinedThing.quarantine_id == begun.id)
    found = db.session.execute(mine).all()
    return {row.uri: None if row.said_id is None else said_about(row.uri, row.said_id) for row in found}


def _forget(begun: Quarantine) -> None:
    db.session.delete(begun)
    db.session.flush()  # nothing is held or refused any more


def _waiting(origin: str) -> ColumnElement[bool]:
    return and_(ReceivedActivity.sender == origin, ReceivedActivity.due_at.is_not(None), HELD)


def _all_revs(origin: str) -> dict[str, int]:
    found = (db.session.execute(select(model.uri, model.rev).where(model.origin == origin)) for model in MODELS)
    return {row.uri: row.rev for rows in found for row in rows}


def _restore(changes: Mapping[str, Change]) -> dict[str, Change]:
    """Let things stand as they were before; return those of which that is known."""
    known = [(change.before, uri) for uri, change in changes.items() if change.before is not None]
    restored = {}
    for before, uri in sorted(known, key=lambda each: ORDER.index(each[0].type)):
        try:
            keep_again(before.document, before.type)
        except (Forbidden, NotYet):  # what it belonged to is gone: it goes on the shelf
            continue
        restored[uri] = changes[uri]
    return restored


def _later_parts(origin: str, restored: Collection[str]) -> shelf.Ids:
    """Find what tells of later words of things that stand as before: versions of articles, and their proofs."""
    later = (Article.origin == origin, Revision.version > Article.version)
    versions = select(Revision.id, Article.uri).join(Article, Article.id == Revision.article_id).where(*later)
    copies = select(ProvedCopy.id, ProvedCopy.uri).where(ProvedCopy.origin == origin)
    return {
        "revision": {row.id for row in db.session.execute(versions) if row.uri in restored},
        "proved_copy": {row.id for row in db.session.execute(copies) if row.uri in restored},
    }


def _say_again(said: Saying, origin: str) -> None:
    """Let a thing stand as it was said last, unless something newer came meanwhile."""
    thing, grave = find_thing(said.uri), tombstone_of(said.uri)
    if (thing is not None and thing.rev > said.rev) or (grave is not None and grave.final):
        return
    if said.type:
        keep_again(said.document, said.type)
    else:
        bury(said.document, sender=origin, by=origin)
