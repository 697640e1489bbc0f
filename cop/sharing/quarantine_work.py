# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The work of a quarantine: hiding things and showing them again, some at a time.

Each some is a transaction of its own, so that nobody waits for the database longer than for one of them. What is done
and what is left stands in the tables: after a power cut the worker goes on.
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, insert, select
from sqlalchemy.orm import InstrumentedAttribute

from cop.base.db import db, locked, new_id, transaction
from cop.base.errors import Forbidden
from cop.knowledge.models import Article, Revision
from cop.sharing import proposals, shelf
from cop.sharing.handlers.news import KEEPERS, keep_again
from cop.sharing.handlers.objects import bury
from cop.sharing.handlers.once import NotYet
from cop.sharing.models import PeerRecord, ProvedCopy, Quarantine, QuarantinedThing, Stage
from cop.sharing.outgoing.relay import announce_again, hold_back_announced
from cop.sharing.queries import find_thing, quarantine_of, tombstone_of
from cop.sharing.readings import read_anew
from cop.sharing.stores.holdings import MODELS
from cop.sharing.window import BODY_KEPT, Change, Saying, changes_between, said_about

#: rows that say what becomes of each thing
Plan = list[dict[str, object]]
#: what others refer to comes first
ORDER = [*KEEPERS, ""]
#: so many things in one transaction, and so many rows that come back
SOME = 20
ROWS = 100
#: so long others may write in between
PAUSE_S = 0.1


def work_off(origin: str) -> None:
    """Do all that the quarantine of a city has still to do; not inside a transaction."""
    while do_some(origin):
        time.sleep(PAUSE_S)


def work_off_all() -> None:
    """Do what was begun and cut short."""
    unfinished = select(PeerRecord.origin).join(Quarantine).where(Quarantine.stage != Stage.STANDS)
    origins = db.session.scalars(unfinished).all()
    db.session.rollback()
    for origin in origins:
        work_off(origin)


def uris_of(begun: Quarantine) -> Select[str]:
    """Return the question which things are in a quarantine."""
    return select(QuarantinedThing.uri).where(QuarantinedThing.quarantine_id == begun.id)


def do_some(origin: str) -> bool:
    """Do the next part; tell whether there is more to do."""
    found = quarantine_of(origin)
    plan = _plan(found, origin) if found is not None and found.stage == Stage.BEGINNING else None
    with transaction():
        mine = select(Quarantine).join(PeerRecord).where(PeerRecord.origin == origin)
        begun = db.session.scalar(locked(mine, Quarantine))
        if begun is None or begun.stage == Stage.STANDS:
            return False
        STEPS[Stage(begun.stage)](begun, origin, plan)
    return True


def _plan(begun: Quarantine, origin: str) -> Plan:
    """Work out what becomes of each thing; reads for long, and so locks nothing."""
    if begun.since < begun.begun_at - BODY_KEPT:
        return [_planned(begun, row.uri, row.rev, _last_first(type_)) for type_, row in _all_of(origin)]
    changes = changes_between(origin, begun.since, begun.begun_at)
    return [_planned_change(begun, change) for change in changes.values()]


def _all_of(origin: str) -> Iterator[tuple[str, Row[str, int]]]:
    for type_, model in MODELS.items():
        for row in db.session.execute(select(model.uri, model.rev).where(model.origin == origin)):
            yield type_, row


def _planned_change(begun: Quarantine, change: Change) -> dict[str, object]:
    last, before = change.last, change.before
    if before is None:
        return _planned(begun, last.uri, last.rev, _last_first(last.type))
    known = {"said_id": last.received_id, "before_id": before.received_id, "place_showing": ORDER.index(last.type)}
    return _planned(begun, last.uri, last.rev, ORDER.index(before.type)) | known


def _last_first(type_: str) -> int:
    """Return the place of what is put away: behind what stands again, and what refers to others first."""
    return 2 * len(ORDER) - ORDER.index(type_)


def _planned(begun: Quarantine, uri: str, rev: int, place: int) -> dict[str, object]:
    thing = {"id": new_id(), "quarantine_id": begun.id, "uri": uri, "rev": rev, "waits": True}
    return thing | {"said_id": None, "before_id": None, "place_hiding": place, "place_showing": 0}


def _begin(begun: Quarantine, origin: str, plan: Plan | None) -> None:
    """Write down what becomes of each thing."""
    if plan is None:  # it was begun after we looked
        return
    if plan:
        db.session.execute(insert(QuarantinedThing), plan)
        hold_back_announced(uris_of(begun))
    begun.stage = Stage.HIDING


def _hide(begun: Quarantine, origin: str, plan: Plan | None) -> None:
    """Let some things stand as they were before, where that is known; put the others away."""
    some = _some(begun, QuarantinedThing.waits, order=QuarantinedThing.place_hiding)
    for thing in some:
        if not _stands_again(thing):
            thing.said_id = None
        thing.waits, thing.before_id = False, None
    restored = {thing.uri for thing in some if thing.said_id is not None}
    topics = [] if some else proposals.take_from_others(origin, begun.since, limit=SOME)
    meetings = {topic.meeting_id for topic in topics if topic.meeting_id is not None}
    also = _later_parts(restored) | {"topic": {topic.id for topic in topics}}
    shelf.put_away(origin, {thing.uri for thing in some} - restored, also, batch=begun.batch)
    proposals.recount(meetings)
    if not some and not topics:
        begun.stage = Stage.STANDS


def _stands_again(thing: QuarantinedThing) -> bool:
    """Let a thing stand as it was before; tell whether that was possible."""
    before = said_about(thing.uri, thing.before_id) if thing.before_id is not None else None
    if before is None:
        return False
    try:
        keep_again(before.document, before.type)
    except (Forbidden, NotYet):  # what it belonged to is gone: it goes on the shelf
        return False
    return True


def _show(begun: Quarantine, origin: str, plan: Plan | None) -> None:
    """Bring back some of what was put away, and then say again what was said last of the rest."""
    if shelf.bring_back_some(begun.batch, most=ROWS):
        return
    some = _some(begun, order=QuarantinedThing.place_showing)
    for thing in some:
        db.session.delete(thing)
    db.session.flush()  # they are not refused any more
    for thing in some:
        if thing.said_id is not None and (said := said_about(thing.uri, thing.said_id)) is not None:
            _say_again(said, origin)
        grave = tombstone_of(thing.uri)
        if grave is not None and grave.final and find_thing(thing.uri) is not None:  # deleted meanwhile
            bury({"id": thing.uri, "cop:rev": grave.rev}, sender=origin, by=origin)
    announce_again(origin, {thing.uri for thing in some})
    if not some:
        proposals.give_again(origin, begun.since)
        db.session.delete(begun)
        db.session.flush()  # it is read again
        read_anew(origin)


STEPS: Mapping[Stage, Callable[[Quarantine, str, Plan | None], None]] = {
    Stage.BEGINNING: _begin,
    Stage.HIDING: _hide,
    Stage.SHOWING: _show,
}


def _some(
    begun: Quarantine, *which: ColumnElement[bool] | InstrumentedAttribute[bool], order: InstrumentedAttribute[int]
) -> list[QuarantinedThing]:
    mine = select(QuarantinedThing).where(QuarantinedThing.quarantine_id == begun.id, *which)
    return list(db.session.scalars(mine.order_by(order, QuarantinedThing.id).limit(SOME)))


def _later_parts(uris: Collection[str]) -> dict[str, set[UUID]]:
    """Find what tells of later words of things that stand as before: versions of articles, and their proofs."""
    later = (Article.uri.in_(uris), Revision.version > Article.version)
    versions = select(Revision.id).join(Article, Article.id == Revision.article_id).where(*later)
    copies = select(ProvedCopy.id).where(ProvedCopy.uri.in_(uris))
    return {"revision": set(db.session.scalars(versions)), "proved_copy": set(db.session.scalars(copies))}


def _say_again(said: Saying, origin: str) -> None:
    """Let a thing stand as it was said last, unless something newer came meanwhile."""
    thing, grave = find_thing(said.uri), tombstone_of(said.uri)
    if (thing is not None and thing.rev > said.rev) or (grave is not None and grave.final):
        return
    if said.type:
        keep_again(said.document, said.type)
    else:
        bury(said.document, sender=origin, by=origin)
