# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What other cities answer to what our people wanted."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from cop.base.clock import now
from cop.base.db import db
from cop.base.i18n import N_
from cop.base.pending import PendingRequest, RequestState, settle
from cop.communities.models import MembershipRecord
from cop.communities.queries import community_by_uri
from cop.communities.services import settle_join
from cop.meetings.services import keep_own_answer, keep_own_support
from cop.rotation.services import keep_own_choice
from cop.sharing.documents import SCHEMAS
from cop.sharing.documents.wishes import Invited, Refusal
from cop.sharing.handlers.news import read_news
from cop.sharing.handlers.once import keep_together, keeping
from cop.sharing.letters import DROPPED_KEPT
from cop.sharing.models import DeliveryRecord, DeliveryState, LogEntry, SentRequest
from cop.sharing.stores import SqlPeers
from federation.activities import Activity, VerifiedActivity, object_type
from federation.peering import Peering
from federation.router import Act, Router

NOT_SENT = N_("The administrators here decided not to send it.")


def register(router: Router, peering: Peering) -> None:
    """Take answers: to our offer of a partnership, or to a wish of somebody here; and that a partnership ends."""

    def accepted(verified: VerifiedActivity) -> None:
        if peering.accepted(verified) is None:
            keep_together([Act(verified, lambda: _accept(verified))])

    def rejected(verified: VerifiedActivity) -> None:
        if peering.accepted(verified) is None:
            keep_together([Act(verified, lambda: _reject(verified))])

    def undone(verified: VerifiedActivity) -> None:
        peering.undone(verified)

    router.on("Accept")(accepted)
    router.on("Reject")(rejected)
    router.on("Undo", "Offer")(undone)
    router.prepare_on("TentativeAccept")(keeping(_take_note))


def _accept(verified: VerifiedActivity) -> None:
    """Keep that the home did what somebody here wanted, with what came of it."""
    wish = _wish(verified)
    if wish is None:
        return
    if wish.state == RequestState.WAITING:
        settle(wish, RequestState.ACCEPTED)
    result = verified.activity.raw.get("result")
    if isinstance(result, Mapping) and (type_ := object_type(result)) in SCHEMAS:
        read_news(result, type_ or "", sender=verified.sender, keys=SqlPeers()).keep()
    if wish.kind in KEEPERS:
        KEEPERS[wish.kind](wish, verified.activity)


def _reject(verified: VerifiedActivity) -> None:
    """Keep that the home refused, and why."""
    wish = _wish(verified)
    if wish is None:
        return
    _refuse(wish, str(Refusal().load(verified.activity.raw)["reason"]))


def give_up_dropped() -> None:
    """Forget what administrators dropped and can't take back any more; whoever wanted something is told."""
    old = (DeliveryRecord.state == DeliveryState.DROPPED, DeliveryRecord.dropped_at < now() - DROPPED_KEPT)
    wishes = (
        select(PendingRequest)
        .join(SentRequest, SentRequest.request_id == PendingRequest.id)
        .join(LogEntry, LogEntry.activity_id == SentRequest.activity_id)
        .join(DeliveryRecord, DeliveryRecord.entry_id == LogEntry.id)
        .where(*old, PendingRequest.state == RequestState.WAITING)
    )
    for wish in db.session.scalars(wishes):
        _refuse(wish, NOT_SENT)
    db.session.execute(delete(DeliveryRecord).where(*old))


def _refuse(wish: PendingRequest, reason: str) -> None:
    settle(wish, RequestState.REFUSED, reason)
    if wish.kind == "join_community":
        _settle_join(wish, accepted=False, reason=reason)


def _take_note(verified: VerifiedActivity) -> None:
    """Keep that the home has it and somebody there decides."""
    sent = db.session.scalar(select(SentRequest).where(SentRequest.activity_id == verified.activity.object_id))
    if sent is not None:
        sent.taken_at = now()


def _wish(verified: VerifiedActivity) -> PendingRequest | None:
    return db.session.scalar(
        select(PendingRequest)
        .join(SentRequest, SentRequest.request_id == PendingRequest.id)
        .where(SentRequest.activity_id == verified.activity.object_id, PendingRequest.home == verified.sender)
    )


def _keep_member(wish: PendingRequest, activity: Activity) -> None:
    _settle_join(wish, accepted=True)


def _settle_join(wish: PendingRequest, *, accepted: bool, reason: str = "") -> None:
    record = db.session.get(MembershipRecord, UUID(wish.details["membership_id"]))
    if record is not None:
        settle_join(record, accepted, reason)


def _keep_support(wish: PendingRequest, activity: Activity) -> None:
    if _is_newest(wish, "support", "unsupport"):
        keep_own_support(wish.object_uri, wish.person_id, wish.kind == "support")


def _keep_answer(wish: PendingRequest, activity: Activity) -> None:
    if _is_newest(wish, "answer_meeting"):
        links: list[dict[str, Any]] = Invited().load(activity.raw)["links"]
        keep_own_answer(wish.object_uri, wish.person_id, wish.details["answer"], links)


def _keep_choice(wish: PendingRequest, activity: Activity) -> None:
    community = community_by_uri(wish.object_uri)
    if community is not None and _is_newest(wish, "join_rotation", "leave_rotation"):
        keep_own_choice(community, wish.person_id, takes_turns=wish.kind == "join_rotation")


def _is_newest(wish: PendingRequest, *kinds: str) -> bool:
    """Tell whether nothing that the person wanted of the same kind since was accepted: answers overtake each other."""
    newest = db.session.scalar(
        select(PendingRequest.id)
        .where(
            PendingRequest.person_id == wish.person_id,
            PendingRequest.object_uri == wish.object_uri,
            PendingRequest.kind.in_(kinds),
            PendingRequest.state == RequestState.ACCEPTED,
        )
        .order_by(PendingRequest.made_at.desc(), PendingRequest.id.desc())
        .limit(1)
    )
    return newest == wish.id


KEEPERS: Mapping[str, Callable[[PendingRequest, Activity], None]] = {
    "join_community": _keep_member,
    "support": _keep_support,
    "unsupport": _keep_support,
    "answer_meeting": _keep_answer,
    "join_rotation": _keep_choice,
    "leave_rotation": _keep_choice,
}
