# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What members of other cities want of things of ours.

Their permission is made of who signed and of their membership here, never of
anything the activity says about itself.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy import select

from cop.accounts.services import remember_person
from cop.base.audience import SHOWN_TO_PEERS
from cop.base.db import db
from cop.base.errors import Conflict, Forbidden, NotFound
from cop.base.i18n import N_
from cop.base.instance import is_ours
from cop.communities import services as communities
from cop.communities.models import Community, MembershipRecord
from cop.communities.rules import Membership
from cop.communities.services.joining import PRESENT
from cop.meetings import services as meetings
from cop.meetings.models import Answer, Meeting, Topic
from cop.rotation import services as rotation
from cop.rotation.models import Assignment
from cop.sharing.documents.wishes import MemberWish, TopicWish, offered
from cop.sharing.handlers.minutes import take_minutes
from cop.sharing.handlers.once import answering
from cop.sharing.outgoing.answers import accept, answer_guest, answer_member, forget_join, remember_join
from cop.sharing.queries import Thing, community_of, find_thing
from federation.activities import VerifiedActivity
from federation.router import Router

T = TypeVar("T")
GONE = N_("What this is about doesn't exist any more.")
UNKNOWN = N_("This city doesn't know how to do that.")


def register(router: Router) -> None:
    """Take what members of other cities want."""
    router.on("Join")(answering(_join))
    router.on("Leave")(answering(_leave))
    router.on("Like")(answering(_like))
    router.on("Undo", "Like")(answering(_unlike))
    router.on("Offer", "Update")(answering(_edit))
    router.on("Offer", "Delete")(answering(_withdraw))
    for type_, handler in OFFERS.items():
        router.on("Offer", type_)(answering(handler))


def _join(verified: VerifiedActivity) -> None:
    """Become a member of a community, or come to a meeting."""
    thing = _ours(verified.activity.object_id)
    if isinstance(thing, Meeting):
        _come(verified, thing)
    elif isinstance(thing, Community):
        _join_community(verified, thing)
    else:
        raise Conflict(UNKNOWN)


def _join_community(verified: VerifiedActivity, community: Community) -> None:
    activity, sender = verified.activity, verified.sender
    wish = MemberWish().load(activity.raw.get("cop:member") or {"name": "-"})
    _check_open(activity.actor, community)
    _check_free(activity.actor, community)
    person = remember_person(activity.actor, sender, wish["name"])
    remember_join(object_uri=community.uri, member_uri=activity.actor, sender=sender, activity_id=activity.id)
    record = communities.ask_to_join(
        community, person, uri=activity.actor, shows_name=wish["shows_name"], role_title=wish["role_title"]
    )
    answer_member(record)


def _check_open(member_uri: str, community: Community) -> None:
    """Make sure that it is a community others see: a city with members knows of hidden ones, its other people don't.

    Raises:
        NotFound: when only members see it, and this is none.
    """
    if community.visibility in SHOWN_TO_PEERS:
        return
    mine = (MembershipRecord.community_id == community.id, MembershipRecord.uri == member_uri)
    state = db.session.scalar(select(MembershipRecord.state).where(*mine))
    if state not in PRESENT:
        raise NotFound(GONE)


def _check_free(member_uri: str, community: Community) -> None:
    """Make sure that an id is of this community only: an id in two would tell that both are one person.

    Raises:
        Conflict: when it is used elsewhere.
    """
    record = db.session.scalar(select(MembershipRecord).where(MembershipRecord.uri == member_uri))
    if record is not None and record.community_id != community.id:
        raise Conflict(N_("This member id is used in another community."))


def _come(verified: VerifiedActivity, meeting: Meeting) -> None:
    activity = verified.activity
    member = _member(verified, meeting)
    meetings.answer(meeting, member, Answer.CONFIRMED)
    join = remember_join(
        object_uri=meeting.uri, member_uri=activity.actor, sender=verified.sender, activity_id=activity.id
    )
    answer_guest(join)


def _leave(verified: VerifiedActivity) -> None:
    """Leave a community, or say that one doesn't come to a meeting."""
    activity = verified.activity
    thing = _ours(activity.object_id)
    if isinstance(thing, Meeting):
        meetings.answer(thing, _member(verified, thing), Answer.DECLINED)
    elif isinstance(thing, Community):
        record = db.session.scalar(
            select(MembershipRecord).where(
                MembershipRecord.community_id == thing.id, MembershipRecord.uri == activity.actor
            )
        )
        if record is not None:
            if record.person.origin != verified.sender:
                raise Forbidden
            communities.leave(record)
    else:
        raise Conflict(UNKNOWN)
    forget_join(object_uri=thing.uri, member_uri=activity.actor)
    accept(activity.id, to=verified.sender)


def _like(verified: VerifiedActivity) -> None:
    topic = _need(Topic, verified.activity.object_id)
    meetings.support(topic, _member(verified, topic))
    accept(verified.activity.id, to=verified.sender)


def _unlike(verified: VerifiedActivity) -> None:
    topic = _need(Topic, verified.activity.embedded.get("object"))
    meetings.unsupport(topic, _member(verified, topic))
    accept(verified.activity.id, to=verified.sender)


def _propose(verified: VerifiedActivity) -> None:
    """Propose a topic for a meeting, or for a community's backlog."""
    activity = verified.activity
    place = _ours(activity.target)
    member = _member(verified, place)
    words = offered("cop:Topic", activity.embedded)
    if isinstance(place, Meeting):
        topic = meetings.propose_topic(place, member, **words)
    elif isinstance(place, Community):
        topic = meetings.propose_for_later(place, member, **words)
    else:
        raise Conflict(UNKNOWN)
    accept(activity.id, to=verified.sender, result=topic)


def _edit(verified: VerifiedActivity) -> None:
    changed = verified.activity.embedded.get("object")
    document: Mapping[str, Any] = changed if isinstance(changed, Mapping) else {}
    topic = _need(Topic, document.get("id"))
    meetings.edit_topic(topic, _member(verified, topic), **TopicWish().load(document))
    accept(verified.activity.id, to=verified.sender, result=topic)


def _withdraw(verified: VerifiedActivity) -> None:
    inner = verified.activity.embedded.get("object")
    topic = _need(Topic, inner.get("id") if isinstance(inner, Mapping) else inner)
    meetings.withdraw_topic(topic, _member(verified, topic))
    accept(verified.activity.id, to=verified.sender)


def _answer_turn(verified: VerifiedActivity) -> None:
    turn = _need(Assignment, verified.activity.target)
    answer = offered("cop:Assignment", verified.activity.embedded)["answer"]
    rotation.answer_turn(turn, _member(verified, turn), answer)
    accept(verified.activity.id, to=verified.sender)


def _choose_rotation(verified: VerifiedActivity) -> None:
    """Take turns from now on, with the name that comes with the consent, or stop."""
    activity = verified.activity
    community = _need(Community, activity.target)
    member = _member(verified, community)
    choice = offered("cop:Rotation", activity.embedded)
    if choice["takes_turns"]:
        if choice["name"]:
            remember_person(activity.actor, verified.sender, choice["name"])
        rotation.take_turns(community, member, knows_it=choice["knows_it"])
    else:
        rotation.stop_taking_turns(community, member)
    accept(activity.id, to=verified.sender)


def _hand_in_minutes(verified: VerifiedActivity) -> None:
    meeting = _need(Meeting, verified.activity.target)
    take_minutes(meeting, _member(verified, meeting), offered("Article", verified.activity.embedded))
    accept(verified.activity.id, to=verified.sender)


OFFERS: Mapping[str, Callable[[VerifiedActivity], None]] = {
    "cop:Topic": _propose,
    "cop:Assignment": _answer_turn,
    "cop:Rotation": _choose_rotation,
    "Article": _hand_in_minutes,
}


def _ours(uri: object) -> Thing:
    """Return a thing of ours.

    Raises:
        NotFound: when it is gone, or not ours.
    """
    thing = find_thing(uri) if isinstance(uri, str) else None
    if thing is None or not is_ours(thing.origin):
        raise NotFound(GONE)
    return thing


def _need(kind: type[T], uri: object) -> T:
    thing = _ours(uri)
    if not isinstance(thing, kind):
        raise Conflict(UNKNOWN)
    return thing


def _member(verified: VerifiedActivity, thing: Thing) -> Membership:
    community = community_of(thing)
    if community is None:
        raise NotFound(GONE)
    return communities.member_of_peer(community, verified.activity.actor, verified.sender)
