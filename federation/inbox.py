# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The way in. The order of the checks is the security: nothing costly or lasting while a cheap doubt is left."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from federation import strict_json
from federation.activities import JSON, Activity, Received, VerifiedActivity, parse_activity, read_back
from federation.errors import Refused, bad, forbidden, unauthenticated
from federation.handling import Asked, Turn
from federation.origins import Origin
from federation.ports import (
    Arrival,
    Clock,
    Intake,
    Kept,
    Known,
    Level,
    Peer,
    Peers,
    PinnedKey,
    RateLimit,
    Request,
    SecurityEvent,
    SecurityEvents,
    Stored,
)
from federation.relay import check_relayed
from federation.router import Router
from federation.rules import OriginRule, check_level, check_reader
from federation.signing import MAX_AHEAD, Signed, claimed_key_id, verify_request

MEDIA_TYPE = "application/activity+json"
#: How long a nonce is remembered beyond the signature's end, for clocks that differ.
NONCE_MARGIN: timedelta = MAX_AHEAD

#: Says what is wrong with the object of an activity; empty when nothing is (a marshmallow schema's `validate` fits).
SchemaCheck = Callable[[Activity], object]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a request that was accepted (202)."""

    received: Received
    kept: Kept


@dataclass(slots=True)
class _Facts:
    """What is known about a request so far, for the audit log."""

    key_id: str | None = None
    sender: Origin | None = None
    activity_id: str | None = None


class Inbox:
    """Receives activities, and lets the handlers have them afterwards.

    Args:
        origin: our own, as configured.
        schema: says what is wrong with an object.
        development: whether loopback peers are allowed.
    """

    def __init__(
        self,
        *,
        origin: Origin,
        peers: Peers,
        intake: Intake,
        known: Known,
        limit: RateLimit,
        events: SecurityEvents,
        clock: Clock,
        schema: SchemaCheck,
        development: bool = False,
    ) -> None:
        self._origin = origin
        self._here = f"{origin}/"
        self._authority = origin.partition("://")[2]
        self._peers = peers
        self._intake = intake
        self._limit = limit
        self._events = events
        self._clock = clock
        self._schema = schema
        self._development = development
        self._origin_rule = OriginRule(here=origin, known=known, development=development)

    def receive(self, request: Request) -> Receipt:
        """Take an activity, or refuse it; both leave a trace.

        In this order: host, how often, size, content type, strict JSON, signature with the pinned key, digest, window,
        origin rule, level, proof of what is passed on, schema, and one transaction that stores nonce, activity id and
        body. (The nonce is looked up where it is stored, so that of two copies that arrive at once only one is new.)

        Raises:
            Refused: with the status to answer.
        """
        facts = _Facts()
        try:
            return self._receive(request, facts)
        except Refused as refusal:
            refusal.proved = facts.sender is not None
            self._record(refusal.code, refusal.detail, facts)
            raise

    def verify_get(self, request: Request, *, level: Level = Level.PUBLIC) -> Peer:
        """Find out which active peer asks to read something that needs this level.

        Raises:
            Refused: 401 when nobody we know is proved to ask, 403 when the peering is not active or too low, 429 when
                too much from this address was refused.
        """
        facts = _Facts()
        try:
            self._check_host(request)
            self._check_often(f"refused:{request.address}")
            key, _ = self._authenticate(request, facts)
            check_reader(key.peer, level)
        except Refused as refusal:
            refusal.proved = facts.sender is not None
            self._record(refusal.code, refusal.detail, facts)
            raise
        return key.peer

    def process(self, router: Router, *, limit: int = 100) -> int:
        """Hand what was stored to the handlers, in the order of arrival; return how many are settled.

        The level is looked at once more: it may be lower by now. See `handling`.
        """
        turn = Turn(
            intake=self._intake,
            peers=self._peers,
            router=router,
            prepare=lambda stored, asked: router.prepare(self._verified(stored, asked), asked),
        )
        turn.handle(self._intake.waiting(limit))
        return turn.settled

    def examine(self, activity: Activity, peer: Peer, *, known: Known | None = None) -> None:
        """Check what a proved sender says, however it came: origin rule, level, proof of what is passed on, schema.

        Args:
            activity: what it says.
            peer: who.
            known: what is held, where somebody looked it up already.

        Raises:
            Refused: 403, 425 for what comes too early, or 400 for what can't be read.
        """
        rule = self._origin_rule
        if known is not None:
            rule = OriginRule(here=self._origin, known=known, development=self._development)
        rule.check(activity, peer)
        check_level(activity, peer)
        if activity.type == "Announce":
            check_relayed(activity, peers=self._peers, at=self._clock(), development=self._development)
        self._check_schema(activity)

    def _verified(self, stored: Stored, peers: Asked) -> VerifiedActivity:
        """Read back what `receive` stored after every check."""
        activity = read_back(json.loads(stored.body))
        peer = peers.get(stored.sender)
        if peer is None:
            raise forbidden("not_peered", "no peering with this city")
        check_level(activity, peer)
        return VerifiedActivity(Received(stored.sender, stored.key_id, activity))

    def _receive(self, request: Request, facts: _Facts) -> Receipt:
        self._check_host(request)
        self._check_often(f"refused:{request.address}")
        document = read_document(request)
        key, signed = self._authenticate(request, facts)
        self._check_often(f"peer:{key.peer.origin}")
        self._limit.count(f"peer:{key.peer.origin}")
        activity = parse_activity(document)
        facts.activity_id = activity.id
        self.examine(activity, key.peer)
        return self._keep(Received(key.peer.origin, key.key_id, activity), request.body, signed, facts)

    def _check_host(self, request: Request) -> None:
        """Refuse what was sent to another name: no signature of it can be for us."""
        forwarded = request.headers.get("x-forwarded-host", self._authority)
        named = {request.headers.get("host"), forwarded}
        if named != {self._authority} or not request.url.startswith(self._here):
            raise unauthenticated("host", "sent to another host")

    def _check_often(self, bucket: str) -> None:
        seconds = self._limit.wait(bucket)
        if seconds:
            raise Refused("rate", "too many requests", 429, retry_after=seconds)

    def _authenticate(self, request: Request, facts: _Facts) -> tuple[PinnedKey, Signed]:
        """Verify with the pinned key. What fails here counts against the address, never against the city named."""
        at = self._clock()
        try:
            facts.key_id = claimed_key_id(request.headers)
            key = self._peers.key(facts.key_id, at=at)
            if key is None:
                raise unauthenticated("unknown_key", "no peer with this key")
            signed = verify_request(request, key_id=key.key_id, public_key=key.public_key, at=at)
        except Refused:
            self._limit.count(f"refused:{request.address}")
            raise
        facts.sender = key.peer.origin
        return key, signed

    def _check_schema(self, activity: Activity) -> None:
        try:
            faults = self._schema(activity)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise bad("schema", "the object can't be read") from error
        if faults:
            raise bad("schema", f"the object is not as it should be: {_fields(faults)}")

    def _keep(self, received: Received, body: bytes, signed: Signed, facts: _Facts) -> Receipt:
        arrival = Arrival(received, body, signed.nonce, signed.expires + NONCE_MARGIN, self._clock())
        kept = self._intake.keep(arrival)
        if kept is Kept.NONCE_REUSED:
            raise unauthenticated("nonce", "the nonce was used for another activity")
        if kept is Kept.REPLAYED:
            self._record("replay", "the same request came again", facts)
        return Receipt(received, kept)

    def _record(self, code: str, detail: str, facts: _Facts) -> None:
        event = SecurityEvent(
            code, detail, self._clock(), sender=facts.sender, key_id=facts.key_id, activity_id=facts.activity_id
        )
        self._events.record(event)


def read_document(request: Request) -> JSON:
    """Check size and content type and read the document."""
    if len(request.body) > strict_json.MAX_BODY:
        raise bad("size", "more than 1 MiB", 413)
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    if media_type.strip().lower() != MEDIA_TYPE or parameters.strip().lower() not in {"", "charset=utf-8"}:
        raise bad("media_type", f"only {MEDIA_TYPE} in UTF-8", 415)
    document = strict_json.loads(request.body)
    if not isinstance(document, dict):
        raise bad("shape", "an activity is one JSON object")
    return document


def _fields(faults: object) -> str:
    """Name the fields that are wrong; not what stood in them."""
    return ", ".join(sorted(str(name) for name in faults)) if isinstance(faults, dict) else "see the protocol"
