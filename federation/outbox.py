# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The way out: what is due to a peer, in order, for as long as the peering lasts."""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from federation.activities import JSON
from federation.calling import Caller, Unproved, VerifiedAnswer
from federation.errors import Unreachable
from federation.ports import Answer, Attempt, Clock, Deliveries, Delivery, Outcome, Peer, PeerState

BATCH = 50
MAX_RETRY_AFTER = timedelta(days=1)
#: Whoever waits for an answer from a slow peer sees what arrived there before.
MAX_UNWRITTEN = timedelta(seconds=1)
#: 4xx: trying again can't help, except these.
_TEMPORARY = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
_SERVER_ERRORS = 500
#: A problem with the peering, not with this activity: an acceptance still on its way.
_OF_THE_PEERING = "not_peered"
#: What may be about this one activity: those of other objects go on.
_OF_THE_ACTIVITY = frozenset({400, 413, 415, 425, 500})
#: What a city refuses before it knows who asks: a problem, not signed.
_BEFORE_WE_ARE_KNOWN = frozenset({400, 401, 413, 415})
_MAX_CODE = 60
_PATH = "/inbox"
_TOO_SLOW = "timeout"


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long to wait between tries: doubling from `first` to `longest`, each a little more or less by chance."""

    first: timedelta = timedelta(minutes=1)
    longest: timedelta = timedelta(hours=1)
    jitter: float = 0.2

    def wait(self, attempts: int, *, chance: float) -> timedelta:
        """Say how long to wait after this many tries.

        1, 2, 4 … 60 minutes, then hourly, each up to a fifth more or less so that cities don't return in step.

        Args:
            attempts: tries made, at least 1.
            chance: from 0 up to 1.
        """
        doubled = self.first * (1 << min(attempts - 1, 20))
        return min(doubled, self.longest) * (1 + self.jitter * (2 * chance - 1))


#: For two cities on one machine: somebody is watching.
QUICK = Schedule(first=timedelta(seconds=1), longest=timedelta(seconds=15))


def classify(status: int) -> Outcome:
    """Say what an answer means for a delivery.

    2xx: done. 410: the peer is gone. 5xx, 408, 425, 429: later again. Anything else, also a redirect: refused for good.
    """
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Outcome.DONE
    if status == HTTPStatus.GONE:
        return Outcome.STOP
    if status in _TEMPORARY or status >= _SERVER_ERRORS:
        return Outcome.RETRY
    return Outcome.DEAD


def retry_after(headers: Mapping[str, str], *, at: datetime) -> timedelta:
    """Read Retry-After (RFC 9110, section 10.2.3), seconds or a date; nothing readable is no wish; a day at most."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        wanted = timedelta(seconds=min(int(text[:9]), MAX_RETRY_AFTER.total_seconds()))
    else:
        try:
            wanted = parsedate_to_datetime(text).astimezone(UTC) - at
        except (ValueError, TypeError, OverflowError):
            return timedelta()
    return min(max(wanted, timedelta()), MAX_RETRY_AFTER)


class _Notes:
    """What became of a run of deliveries.

    What arrived is written down together: that is one write to the disk for many. A power cut in between makes the
    peer hear some of it again, and twice equals once.
    """

    def __init__(self, deliveries: Deliveries, peer: Peer) -> None:
        self._deliveries = deliveries
        self._peer = peer
        self._unwritten: list[tuple[Delivery, Attempt]] = []
        self.arrived = 0

    def take(self, delivery: Delivery, attempt: Attempt) -> None:
        if attempt.outcome is Outcome.DONE:
            self.arrived += 1
            self._unwritten.append((delivery, attempt))
            if attempt.at - self._unwritten[0][1].at >= MAX_UNWRITTEN:
                self.write()
        else:
            self.write()
            self._deliveries.record(self._peer.origin, delivery, attempt)

    def write(self) -> None:
        if self._unwritten:
            arrived = [delivery for delivery, _ in self._unwritten]
            self._deliveries.record_arrived(self._peer.origin, arrived, self._unwritten[-1][1])
            self._unwritten = []


@dataclass(frozen=True, slots=True)
class Handed:
    """What became of a batch: how much arrived, and whether the peer was too slow for who hurries."""

    arrived: int
    slow: bool = False


class Outbox:
    """Delivers to each peer what is due to it; one peer never delays another.

    Only an answer that the peer signed settles a delivery; after any other it is tried again.

    Args:
        quick: asks for whoever hurries, and waits less long than `caller`.
        chance: from 0 up to 1, for the jitter.
    """

    def __init__(
        self,
        *,
        deliveries: Deliveries,
        caller: Caller,
        clock: Clock,
        quick: Caller | None = None,
        schedule: Schedule = Schedule(),
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._deliveries = deliveries
        self._caller = caller
        self._quick = quick or caller
        self._clock = clock
        self._schedule = schedule
        self._chance = chance

    def deliver(self, peer: Peer, *, limit: int = BATCH, going: Callable[[], bool] = lambda: True) -> int:
        """Deliver what is due to one peer, oldest first; return how much arrived.

        Ends when the peer asks to wait, can't be reached or is gone, or we end.
        """
        waiting = self._deliveries.due(peer.origin, at=self._clock(), limit=limit)
        return self._hand_over(peer, waiting, self._caller, going).arrived

    def hurry(self, peer: Peer, waiting: Sequence[Delivery], *, going: Callable[[], bool] = lambda: True) -> Handed:
        """Deliver these to a peer that answers at once; one that does not is left to somebody with patience.

        What a slow peer did not answer in time counts as not tried: `deliver` tries it again, signed anew.
        """
        return self._hand_over(peer, waiting, self._quick, going)

    def _hand_over(self, peer: Peer, waiting: Sequence[Delivery], caller: Caller, going: Callable[[], bool]) -> Handed:
        notes = _Notes(self._deliveries, peer)
        held: set[str] = set()
        try:
            for delivery in waiting:
                if not going():
                    break
                if delivery.object_id in held:
                    continue
                attempt = self._try(caller, peer, delivery)
                if caller is not self._caller and attempt.error == _TOO_SLOW:
                    return Handed(notes.arrived, slow=True)
                notes.take(delivery, attempt)
                if attempt.peer_waits or attempt.outcome is Outcome.STOP:
                    break
                if attempt.outcome is Outcome.RETRY:
                    held.add(delivery.object_id)
        finally:
            notes.write()
        return Handed(notes.arrived)

    def _try(self, caller: Caller, peer: Peer, delivery: Delivery) -> Attempt:
        try:
            answer = caller.post(peer.origin, _PATH, delivery.body)
        except Unproved as fault:
            attempt = self._again(delivery, fault.answer, unproved_code(fault), self._clock())
            return replace(attempt, proved=False)
        except Unreachable as fault:
            at = self._clock()
            next_at = self._next(delivery, at)
            return Attempt(Outcome.RETRY, at, error=fault.code, next_at=next_at, peer_waits=True, proved=False)
        return self._judge(peer, delivery, answer, self._clock())

    def _judge(self, peer: Peer, delivery: Delivery, answer: VerifiedAnswer, at: datetime) -> Attempt:
        outcome = classify(answer.status)
        if outcome is Outcome.DONE:
            return Attempt(outcome, at, answer.status)
        error = problem_code(answer)
        if outcome is Outcome.DEAD and error == _OF_THE_PEERING and peer.state is PeerState.ACTIVE:
            outcome = Outcome.RETRY
        if outcome is not Outcome.RETRY:
            return Attempt(outcome, at, answer.status, error)
        return self._again(delivery, answer, error, at)

    def _again(self, delivery: Delivery, answer: Answer, error: str, at: datetime) -> Attempt:
        next_at = max(self._next(delivery, at), at + retry_after(answer.headers, at=at))
        waits = answer.status not in _OF_THE_ACTIVITY
        return Attempt(Outcome.RETRY, at, answer.status, error, next_at=next_at, peer_waits=waits)

    def _next(self, delivery: Delivery, at: datetime) -> datetime:
        return at + self._schedule.wait(delivery.attempts + 1, chance=self._chance())


def unproved_code(fault: Unproved) -> str:
    """Say why an answer that nothing proves settles nothing.

    Not every honest answer can be signed: not a refusal that comes before a city is known, nor the error of what stands
    in front of it. Those are named as they are, since trying again is all that follows; any other is called unproved.
    """
    status, code = fault.answer.status, problem_code(fault.answer)
    if status >= _SERVER_ERRORS or status in _TEMPORARY:
        return code
    return code if status in _BEFORE_WE_ARE_KNOWN and code != f"http_{status}" else fault.code


def problem_code(answer: Answer) -> str:
    """Read the code out of a peer's problem document; its status when there is none that is fit to be shown."""
    try:
        document: JSON = json.loads(answer.body)
        code = document["title"]
    except (ValueError, LookupError, TypeError, RecursionError):
        code = None
    if isinstance(code, str) and code.isascii() and code.replace("_", "").isalnum() and len(code) <= _MAX_CODE:
        return code
    return f"http_{answer.status}"
