# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What people here want of other cities, as the protocol says it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from cop.accounts.models import KnownCity
from cop.base.db import db
from cop.base.errors import Conflict
from cop.base.i18n import N_
from cop.base.pending import PendingRequest, RequestMade
from cop.communities.models import MembershipRecord
from cop.communities.services import shown_name
from cop.sharing.models import SentRequest
from cop.sharing.outgoing.speaking import activity, at_the_end
from cop.sharing.queries import active_peers
from cop.sharing.rules import WORK
from cop.sharing.stores.log import Saying

Details = Mapping[str, Any]
TOPIC = ["Note", "cop:Topic"]


def send_request(event: RequestMade) -> None:
    """Send a wish to the home of what it is about, when this transaction ends.

    Raises:
        Conflict: when we don't work together with that city.
    """
    wish = db.session.get_one(PendingRequest, event.request_id)
    if active_peers().get(wish.home, 0) < WORK:
        city = db.session.scalar(select(KnownCity.short).where(KnownCity.origin == wish.home)) or wish.home
        raise Conflict(N_("%(city)s is not a partner city at present, so it can't be asked."), city=city)
    at_the_end(("request", wish.id), lambda: _sent(wish.id))


def _sent(request_id: UUID) -> Iterator[Saying]:
    wish = db.session.get_one(PendingRequest, request_id)
    said = WORDS[wish.kind](wish, wish.details["member_uri"])
    db.session.add(SentRequest(request_id=wish.id, activity_id=said["id"]))
    yield Saying(said, wish.object_uri, {wish.home})


def _join_community(wish: PendingRequest, member: str) -> dict[str, Any]:
    record = db.session.get_one(MembershipRecord, UUID(wish.details["membership_id"]))
    person = {
        "type": "Person",
        "id": member,
        "name": shown_name(record),
        "cop:showsName": record.shows_name,
        "cop:roleTitle": record.role_title,
    }
    return activity("Join", wish.object_uri, by=member, more={"cop:member": person})


def _leave(wish: PendingRequest, member: str) -> dict[str, Any]:
    return activity("Leave", wish.object_uri, by=member)


def _answer_meeting(wish: PendingRequest, member: str) -> dict[str, Any]:
    type_ = "Join" if wish.details["answer"] == "confirmed" else "Leave"
    return activity(type_, wish.object_uri, by=member)


def _propose_topic(wish: PendingRequest, member: str) -> dict[str, Any]:
    proposal = {"type": TOPIC, "attributedTo": member, "cop:clientId": str(wish.id), **_words(wish.details)}
    return activity("Offer", proposal, by=member, target=wish.object_uri)


def _edit_topic(wish: PendingRequest, member: str) -> dict[str, Any]:
    changed = {"type": TOPIC, "id": wish.object_uri, **_words(wish.details)}
    return activity("Offer", {"type": "Update", "object": changed}, by=member, target=wish.object_uri)


def _withdraw_topic(wish: PendingRequest, member: str) -> dict[str, Any]:
    return activity("Offer", {"type": "Delete", "object": wish.object_uri}, by=member, target=wish.object_uri)


def _words(details: Details) -> dict[str, Any]:
    return {"name": details["title"], "content": details["pitch"], "inLanguage": details["locale"]}


def _support(wish: PendingRequest, member: str) -> dict[str, Any]:
    return activity("Like", wish.object_uri, by=member)


def _unsupport(wish: PendingRequest, member: str) -> dict[str, Any]:
    """Undo the person's last support of this topic.

    Raises:
        Conflict: when there was none.
    """
    like_id = db.session.scalar(
        select(SentRequest.activity_id)
        .join(PendingRequest, PendingRequest.id == SentRequest.request_id)
        .where(
            PendingRequest.kind == "support",
            PendingRequest.person_id == wish.person_id,
            PendingRequest.object_uri == wish.object_uri,
        )
        .order_by(PendingRequest.made_at.desc())
        .limit(1)
    )
    if like_id is None:
        raise Conflict(N_("There is nothing to take back."))
    like = {"type": "Like", "id": like_id, "actor": member, "object": wish.object_uri}
    return activity("Undo", like, by=member)


def _answer_turn(wish: PendingRequest, member: str) -> dict[str, Any]:
    answer = {"type": "cop:Assignment", "attributedTo": member, "cop:answer": wish.details["answer"]}
    return activity("Offer", answer, by=member, target=wish.object_uri)


def _join_rotation(wish: PendingRequest, member: str) -> dict[str, Any]:
    choice = {
        "type": "cop:Rotation",
        "attributedTo": member,
        "cop:takesTurns": True,
        "name": wish.details["name"],
        "cop:knowsIt": wish.details["knows_it"],
    }
    return activity("Offer", choice, by=member, target=wish.object_uri)


def _leave_rotation(wish: PendingRequest, member: str) -> dict[str, Any]:
    choice = {"type": "cop:Rotation", "attributedTo": member, "cop:takesTurns": False}
    return activity("Offer", choice, by=member, target=wish.object_uri)


def _offer_minutes(wish: PendingRequest, member: str) -> dict[str, Any]:
    minutes = {
        "type": "Article",
        "attributedTo": member,
        "content": wish.details["body"],
        "cop:audience": wish.details["audience"],
        "cop:licence": wish.details.get("licence", ""),
        "cop:note": wish.details.get("note", ""),
    }
    return activity("Offer", minutes, by=member, target=wish.object_uri)


#: kind of a request -> how it is said
WORDS: Mapping[str, Callable[[PendingRequest, str], dict[str, Any]]] = {
    "join_community": _join_community,
    "leave_community": _leave,
    "answer_meeting": _answer_meeting,
    "propose_topic": _propose_topic,
    "edit_topic": _edit_topic,
    "withdraw_topic": _withdraw_topic,
    "support": _support,
    "unsupport": _unsupport,
    "answer_turn": _answer_turn,
    "join_rotation": _join_rotation,
    "leave_rotation": _leave_rotation,
    "offer_minutes": _offer_minutes,
}
