# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Shared things by their ids, and which cities get them."""

from collections.abc import Collection
from typing import Any, TypeAlias, cast

from sqlalchemy import Row, bindparam, literal, select, union_all

from cop.base.audience import Audience
from cop.base.db import db
from cop.base.found import by_uri, is_looked_up
from cop.base.instance import is_ours
from cop.communities.models import Community
from cop.communities.services import member_origins
from cop.knowledge.models import Article
from cop.meetings.models import Meeting, MeetingState, Topic, TopicState
from cop.rotation.models import Assignment
from cop.sharing.asked_once import ask_once
from cop.sharing.models import PeerRecord, Quarantine, QuarantinedThing, ShownObject, Tombstone
from cop.sharing.rules import receivers
from federation.origins import Origin
from federation.ports import Level, Peer, PeerState
from federation.versions import read_versions

Thing: TypeAlias = Community | Meeting | Topic | Assignment | Article

MODELS: tuple[type[Thing], ...] = (Topic, Meeting, Community, Article, Assignment)
#: most often nothing is found, since a thing is new: that is one question and not one for each table
PLACE = union_all(
    *(
        select(literal(place).label("place"), model.id).where(model.uri == bindparam("uri"))
        for place, model in enumerate(MODELS)
    )
).order_by("place")


def find_thing(uri: str) -> Thing | None:
    """Find a shared thing, ours or another city's, by its id."""
    return ask_once(("thing", uri), lambda: _find(uri))


def _find(uri: str) -> Thing | None:
    if is_looked_up(MODELS, uri):
        return next((thing for model in MODELS if (thing := by_uri(model, uri)) is not None), None)
    found = db.session.execute(PLACE, {"uri": uri}).first()
    return None if found is None else cast("Thing", db.session.get_one(MODELS[found.place], found.id))


def tombstone_of(uri: str) -> Tombstone | None:
    return by_uri(Tombstone, uri)


def is_quarantined(uri: str, rev: int) -> bool:
    """Tell whether this revision of a thing, or a later one, is in quarantine."""
    kept = by_uri(QuarantinedThing, uri)
    return kept is not None and kept.rev >= rev


def quarantine_of(origin: str) -> Quarantine | None:
    return db.session.scalar(select(Quarantine).join(PeerRecord).where(PeerRecord.origin == origin))


def is_held(origin: str) -> bool:
    """Tell whether all that comes from a city waits."""
    begun = quarantine_of(origin)
    return begun is not None and begun.holds


def active_peers() -> dict[str, int]:
    """Return origin -> how far we trust it with what is ours."""
    found = db.session.execute(
        select(PeerRecord.origin, PeerRecord.level_out).where(PeerRecord.state == PeerState.ACTIVE)
    )
    return {row.origin: row.level_out for row in found}


#: what `as_peer` needs, for who reads of many cities: columns instead of rows
PEER = (
    PeerRecord.origin,
    PeerRecord.state,
    PeerRecord.level_in,
    PeerRecord.level_out,
    PeerRecord.offer_id,
    PeerRecord.versions,
)


def as_peer(record: PeerRecord | Row[*tuple[Any, ...]]) -> Peer:
    """Return a city as federation speaks of it."""
    return Peer(
        origin=Origin(record.origin),
        state=PeerState(record.state),
        level_in=Level(record.level_in),
        level_out=Level(record.level_out),
        offer_id=record.offer_id,
        majors=read_versions(record.versions),
    )


def peers_called(origins: Collection[str]) -> dict[str, Peer]:
    """Return these of the cities we know."""
    found = db.session.scalars(select(PeerRecord).where(PeerRecord.origin.in_(origins)))
    return {record.origin: as_peer(record) for record in found}


def peer_of(origin: str) -> PeerRecord | None:
    return db.session.scalar(select(PeerRecord).where(PeerRecord.origin == origin))


def shown_to(uri: str) -> set[str]:
    """Return the peers that were given a thing and not yet told to forget it."""
    return set(
        db.session.scalars(
            select(PeerRecord.origin)
            .join(ShownObject, ShownObject.peer_id == PeerRecord.id)
            .where(ShownObject.object_uri == uri)
        )
    )


def receivers_of(thing: Thing) -> set[str]:
    """Return the peers that may have a thing of ours now."""
    match thing:
        case Community():
            return _of_community(thing, Audience(thing.visibility))
        case Meeting():
            return _of_meeting(thing)
        case Topic():
            return _of_topic(thing)
        case Assignment():
            return _of_assignment(thing)
        case Article():
            return _of_article(thing)


def community_of(thing: Thing) -> Community | None:
    """Return the community a thing belongs to."""
    if isinstance(thing, Community):
        return thing
    return None if thing.community_id is None else db.session.get(Community, thing.community_id)


def owner_uri(thing: Thing) -> str | None:
    """Return what a thing is attributed to: its community, and communities and other articles to their city.

    None where a copy can't say: its community was not given to us.
    """
    if isinstance(thing, Community):
        return f"{thing.origin}/actor"
    community = community_of(thing)
    if community is not None:
        return community.uri
    return f"{thing.origin}/actor" if is_ours(thing.origin) else None


def owners_of(uris: Collection[str]) -> dict[str, str]:
    """Return what each of these things is attributed to, as `owner_uri` says, of those that are here."""
    owners = {
        row.uri: f"{row.origin}/actor"
        for row in db.session.execute(select(Community.uri, Community.origin).where(Community.uri.in_(uris)))
    }
    for model in (Topic, Meeting, Article, Assignment):
        found = db.session.execute(
            select(model.uri, model.origin, Community.uri.label("community"))
            .outerjoin(Community, Community.id == model.community_id)
            .where(model.uri.in_(uris))
        )
        for row in found:
            if row.community is not None:
                owners[row.uri] = row.community
            elif is_ours(row.origin):
                owners[row.uri] = f"{row.origin}/actor"
    return owners


def revs_of(uris: Collection[str]) -> dict[str, int]:
    """Return the revision of each of these things that are here."""
    found = (db.session.execute(select(model.uri, model.rev).where(model.uri.in_(uris))) for model in MODELS)
    return {row.uri: row.rev for rows in found for row in rows}


def things_of(community: Community) -> list[Thing]:
    """Return all that belongs to a community of ours: what refers to something stands behind it."""
    found: list[Thing] = [community]
    for model in (Meeting, Topic, Assignment, Article):
        found.extend(db.session.scalars(select(model).where(model.community_id == community.id).order_by(model.id)))
    return found


def _of_community(community: Community, audience: Audience, *, inside: bool = False) -> set[str]:
    members = ask_once(("members", community.id), lambda: member_origins(community))
    return receivers(audience, members=members, peers=ask_once("peers", active_peers), inside=inside)


def _of_meeting(meeting: Meeting) -> set[str]:
    if meeting.state == MeetingState.DRAFT:
        return set()
    # a meeting can't be shown without its community
    return _of_community(meeting.community, Audience(meeting.audience)) & receivers_of(meeting.community)


def _of_topic(topic: Topic) -> set[str]:
    if topic.state == TopicState.WITHDRAWN:
        return set()
    inside = _of_community(topic.community, Audience.COMMUNITY, inside=True)
    return inside if topic.meeting is None else inside & receivers_of(topic.meeting)


def _of_assignment(turn: Assignment) -> set[str]:
    community = db.session.get_one(Community, turn.community_id)
    inside = _of_community(community, Audience.COMMUNITY, inside=True)
    meeting = db.session.scalar(select(Meeting).where(Meeting.uri == turn.occasion_uri))
    return inside if meeting is None else inside & receivers_of(meeting)


def _of_article(article: Article) -> set[str]:
    if article.community is not None:
        return _of_community(article.community, Audience(article.audience))
    return receivers(Audience(article.audience), members=(), peers=active_peers())
