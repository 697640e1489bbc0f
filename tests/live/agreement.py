# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is true of cities that have come to rest, whatever happened before: said a second time, without our own words."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import func, select

from cop.base.db import db
from cop.base.pending import PendingRequest, RequestState
from cop.communities.models import Community, MembershipRecord, MemberState
from cop.knowledge.models import Article
from cop.meetings.models import Meeting, Registration, Support, Topic
from cop.rotation.models import Assignment
from cop.sharing.models import (
    DeliveryRecord,
    LogCounter,
    LogEntry,
    PeerReading,
    PeerRecord,
    ReceivedActivity,
    SentRequest,
)
from cop.sharing.own_log import prove
from tests.live.acts import Acts
from tests.live_instance import LiveInstance

MODELS = (Community, Meeting, Topic, Article, Assignment)
#: what a copy says as its home does
SAID = {
    Community: ("name", "domain", "visibility", "members_by_city"),
    Meeting: ("title", "description", "audience", "state", "sequence", "starts_at", "confirmed_count", "topic_count"),
    Topic: ("title", "pitch", "state", "late", "support_count"),
    Article: ("title", "body", "audience", "version"),
    Assignment: ("role", "state", "occasion_uri"),
}
Facts = dict[str, tuple[Any, ...]]


def faults(cities: Sequence[LiveInstance], acts: Acts) -> list[str]:
    """Say what is not as it must be; nothing when all cities agree."""
    found = [fault for city in cities for fault in _own_faults(city)]
    found += [fault for home in cities for fault in _lost_or_doubled(home, cities, acts)]
    for home in cities:
        for other in cities:
            if home is not other:
                found += _differences(home, other)
    return found


def _own_faults(city: LiveInstance) -> Iterator[str]:
    with city.app.app_context():
        proof = prove()
        if not proof.whole:
            yield f"{city.short}: {proof.sentence}"
        # who asks about what was hidden from their city meanwhile learns only that it is not known
        unknown = (DeliveryRecord.state == "dead") & (DeliveryRecord.last_error == "unknown_object")
        left_to_people = (
            select(SentRequest.request_id)
            .join(LogEntry, LogEntry.activity_id == SentRequest.activity_id)
            .join(DeliveryRecord, DeliveryRecord.entry_id == LogEntry.id)
            .where(unknown)
        )
        waiting = select(PendingRequest.kind).where(
            PendingRequest.state == RequestState.WAITING, PendingRequest.id.not_in(left_to_people)
        )
        yield from (f"{city.short}: a wish waits for ever: {kind}" for kind in db.session.scalars(waiting))
        left = select(ReceivedActivity.outcome).where(ReceivedActivity.due_at.is_not(None))
        yield from (f"{city.short}: not handled: {outcome}" for outcome in db.session.scalars(left))
        stuck = select(DeliveryRecord.state, DeliveryRecord.last_error).where(
            DeliveryRecord.state.not_in(["done", "ended"]),
            ~unknown,
        )
        yield from (f"{city.short}: not delivered: {tuple(row)}" for row in db.session.execute(stuck))


def _lost_or_doubled(home: LiveInstance, cities: Sequence[LiveInstance], acts: Acts) -> Iterator[str]:
    """Every topic that was proposed at this home and not refused is there as often as it was wanted."""
    accepted = set()
    for city in cities:
        with city.app.app_context():
            done = select(PendingRequest.id).where(PendingRequest.state == RequestState.ACCEPTED)
            accepted |= set(db.session.scalars(done))
    with home.app.app_context():
        there = dict(
            db.session.execute(
                select(Topic.pitch, func.count()).where(Topic.origin == home.origin).group_by(Topic.pitch)
            ).all()
        )
    for mark, times in there.items():
        wanted = sum(wish is None or wish in accepted for wish in acts.wanted[mark])
        if times != wanted:
            yield f"{home.short}: topic {mark} wanted {wanted} times, there {times} times"


def _differences(home: LiveInstance, other: LiveInstance) -> Iterator[str]:
    said, kept = _shown(home, other), _kept(home, other)
    for uri in said.keys() | kept.keys():
        if said.get(uri) != kept.get(uri):
            yield f"{home.short} says {said.get(uri)}, {other.short} has {kept.get(uri)} ({uri})"
    for name, question in (("members", _members), ("support", _supporters), ("answers", _answers)):
        there, here = question(home, other, said), question(other, other, said, of=home)
        if here != there:
            yield f"{name} at {home.short} of {other.short}: {sorted(there - here)} there, {sorted(here - there)} here"
    with other.app.app_context():
        reading = db.session.execute(
            select(PeerReading.seq, PeerReading.last_error)
            .join(PeerRecord, PeerRecord.id == PeerReading.peer_id)
            .where(PeerRecord.origin == home.origin)
        ).one()
    with home.app.app_context():
        last = db.session.scalars(select(LogCounter.last)).one()
    if tuple(reading) != (last, None):
        yield f"{other.short} read {home.short} up to {tuple(reading)} of {last}"


def _kept(home: LiveInstance, other: LiveInstance) -> Facts:
    """What the other city has of this home's; a community that was forgotten is a shell without a name."""
    with other.app.app_context():
        return {
            thing.uri: _facts(thing)
            for model in MODELS
            for thing in db.session.scalars(select(model).where(model.origin == home.origin))
            if model is not Community or thing.name
        }


def _shown(home: LiveInstance, other: LiveInstance) -> Facts:
    """What the other city may have of this home's, by the rules of PRODUCT.md in a few lines."""
    with home.app.app_context():
        inside = {
            record.community_id
            for record in db.session.scalars(select(MembershipRecord).where(MembershipRecord.state == "active"))
            if record.person.origin == other.origin
        }

        def open_to(audience: str, community_id: object) -> bool:
            return audience == "peers" or community_id in inside

        shown = [one for one in _ours(home, Community) if open_to(one.visibility, one.id)]
        known = {one.id for one in shown}
        held = [
            one for one in _ours(home, Meeting) if one.community_id in known and open_to(one.audience, one.community_id)
        ]
        at = {one.id for one in held} | {None}
        occasions = {one.uri for one in held}
        shown += held
        shown += [
            one
            for one in _ours(home, Topic)
            if one.community_id in inside and one.meeting_id in at and one.state != "withdrawn"
        ]
        shown += [one for one in _ours(home, Article) if open_to(one.audience, one.community_id)]
        shown += [
            one for one in _ours(home, Assignment) if one.community_id in inside and one.occasion_uri in occasions
        ]
        return {thing.uri: _facts(thing) for thing in shown}


def _ours(home: LiveInstance, model: type) -> Sequence[Any]:
    return db.session.scalars(select(model).where(model.origin == home.origin)).all()


def _facts(thing: Any) -> tuple[Any, ...]:
    facts = [type(thing).__name__, thing.rev, *(getattr(thing, name) for name in SAID[type(thing)])]
    if isinstance(thing, Topic):
        facts.append(thing.meeting.uri if thing.meeting else None)
    if isinstance(thing, Article):
        facts.append(sorted(tag.tag for tag in thing.tags))
    return tuple(facts)


def _members(city: LiveInstance, whose: LiveInstance, said: Facts, of: LiveInstance | None = None) -> set[Any]:
    """The ids by which the members from one city are known in the communities of a home."""
    with city.app.app_context():
        active = select(MembershipRecord).where(MembershipRecord.state == MemberState.ACTIVE)
        return {
            record.uri
            for record in db.session.scalars(active)
            if record.person.origin == whose.origin and record.community.origin == (of or city).origin
        }


def _supporters(city: LiveInstance, whose: LiveInstance, said: Facts, of: LiveInstance | None = None) -> set[Any]:
    asked = (
        select(Topic.uri, MembershipRecord.uri)
        .join(Support, Support.topic_id == Topic.id)
        .join(
            MembershipRecord,
            (MembershipRecord.person_id == Support.person_id) & (MembershipRecord.community_id == Topic.community_id),
        )
        .where(Topic.origin == (of or city).origin, Topic.uri.in_(said))
    )
    return _of_city(city, whose, asked)


def _answers(city: LiveInstance, whose: LiveInstance, said: Facts, of: LiveInstance | None = None) -> set[Any]:
    asked = (
        select(Meeting.uri, MembershipRecord.uri, Registration.answer)
        .join(Registration, Registration.meeting_id == Meeting.id)
        .join(
            MembershipRecord,
            (MembershipRecord.person_id == Registration.person_id)
            & (MembershipRecord.community_id == Meeting.community_id),
        )
        .where(Meeting.origin == (of or city).origin, Meeting.uri.in_(said))
    )
    return _of_city(city, whose, asked)


def _of_city(city: LiveInstance, whose: LiveInstance, asked: Any) -> set[Any]:
    with city.app.app_context():
        return {tuple(row) for row in db.session.execute(asked) if row[1].startswith(f"{whose.origin}/")}
