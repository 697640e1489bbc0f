# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Answers to what other cities ask."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from sqlalchemy import and_, select

from cop.base.db import db
from cop.base.errors import Problem
from cop.communities.models import MembershipRecord, MemberState
from cop.meetings.models import Answer, Meeting, Registration
from cop.meetings.services import links_for
from cop.sharing.documents import document_of
from cop.sharing.models import RemoteJoin
from cop.sharing.outgoing.speaking import activity, at_the_end
from cop.sharing.queries import Thing, find_thing
from cop.sharing.stores.log import Saying


def accept(activity_id: str, *, to: str, result: Thing | None = None) -> None:
    """Say yes when this transaction ends; `result` is what came of it."""
    uri = result.uri if result is not None else None
    at_the_end(("answer", activity_id), lambda: _accepted(activity_id, to, uri), first=True)


def reject(activity_id: str, problem: Problem, *, to: str) -> None:
    """Say no, with the code and the sentence that a person here would read."""
    said = activity("Reject", activity_id, more={"summary": _sentence(problem), "cop:code": problem.code})
    at_the_end(("answer", activity_id), lambda: [Saying(said, activity_id, {to})])


def remember_join(*, object_uri: str, member_uri: str, sender: str, activity_id: str) -> RemoteJoin:
    """Keep which activity asked to join what, the latest one of each person."""
    mine = (RemoteJoin.object_uri == object_uri, RemoteJoin.member_uri == member_uri)
    kept = db.session.scalar(select(RemoteJoin).where(*mine))
    if kept is None:
        kept = RemoteJoin(object_uri=object_uri, member_uri=member_uri)
        db.session.add(kept)
    kept.sender, kept.activity_id = sender, activity_id
    db.session.flush()  # the answer finds it
    return kept


def forget_join(*, object_uri: str, member_uri: str) -> None:
    """Forget that somebody asked: they left."""
    mine = (RemoteJoin.object_uri == object_uri, RemoteJoin.member_uri == member_uri)
    for kept in db.session.scalars(select(RemoteJoin).where(*mine)):
        db.session.delete(kept)


def answer_member(record: MembershipRecord) -> None:
    """Tell the city of somebody who asked to be a member what became of it."""
    record_id = record.id
    at_the_end(("member", record_id), lambda: _membership(db.session.get_one(MembershipRecord, record_id)))


def send_links(meeting: Meeting) -> None:
    """Tell every city whose people come to a meeting of ours how to get in, each for its own people."""
    uri = meeting.uri
    at_the_end(("links", uri), lambda: _links(uri))


def links_for_guests(meeting: Meeting, origins: Collection[str]) -> Iterator[Saying]:
    """Say to cities that get a meeting again how their people get in."""
    return _guests(and_(RemoteJoin.object_uri == meeting.uri, RemoteJoin.sender.in_(origins)))


def answer_guest(join: RemoteJoin) -> None:
    """Tell the city of one who comes how to get in."""
    activity_id = join.activity_id
    at_the_end(("guest", activity_id), lambda: _guests(RemoteJoin.activity_id == activity_id))


def _accepted(activity_id: str, to: str, result_uri: str | None) -> Iterator[Saying]:
    thing = find_thing(result_uri) if result_uri is not None else None
    more = {"result": document_of(thing)} if thing is not None else {}
    yield Saying(activity("Accept", activity_id, more=more), activity_id, {to})


def _membership(record: MembershipRecord) -> Iterator[Saying]:
    join = db.session.scalar(
        select(RemoteJoin).where(RemoteJoin.object_uri == record.community.uri, RemoteJoin.member_uri == record.uri)
    )
    if join is None:
        return
    if record.state == MemberState.ACTIVE:
        said = activity("Accept", join.activity_id)
    elif record.state == MemberState.ASKED:
        said = activity("TentativeAccept", join.activity_id)
    else:
        said = activity("Reject", join.activity_id, more={"summary": record.reason, "cop:code": "refused"})
    yield Saying(said, join.activity_id, {join.sender})


def _links(meeting_uri: str) -> Iterable[Saying]:
    return _guests(RemoteJoin.object_uri == meeting_uri)


def _guests(wanted: Any) -> Iterator[Saying]:
    found = db.session.execute(
        select(RemoteJoin, Meeting)
        .join(Meeting, Meeting.uri == RemoteJoin.object_uri)
        .join(MembershipRecord, MembershipRecord.uri == RemoteJoin.member_uri)
        .join(
            Registration,
            (Registration.meeting_id == Meeting.id) & (Registration.person_id == MembershipRecord.person_id),
        )
        .where(wanted, Registration.answer == Answer.CONFIRMED, MembershipRecord.state == MemberState.ACTIVE)
    ).all()
    for join, meeting in found:
        said = activity("Accept", join.activity_id, more={"cop:links": links_for(meeting)})
        yield Saying(said, join.activity_id, {join.sender})


def _sentence(problem: Problem) -> str:
    return problem.sentence % problem.values if problem.values else problem.sentence
