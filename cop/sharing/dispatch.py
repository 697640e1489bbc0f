# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Delivering to many cities side by side: one request in flight for each, and none waits for another.

Many threads serve the cities that answer at once. Whoever takes longer goes to a lane for those, and whoever failed
before to one of a few threads, so that any number of dead cities holds up nobody but each other.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import islice

from flask import Flask

from cop.base.clock import now
from cop.sharing.hub import Hub
from cop.sharing.stores import SqlDeliveries
from federation.origins import Origin
from federation.outbox import BATCH
from federation.ports import Delivery, Peer

QUICK, SLOW, FAILING = "quick", "slow", "failing"
#: lane -> threads
LANES = {QUICK: 128, SLOW: 32, FAILING: 8}
#: what is due is read for a city and so many behind it at once; what does not fit in is found the next time
BEHIND = 100
READ_AT_ONCE = 2000
#: and for so many seconds
FRESH_S = 2.0
#: a slow city makes room for the next one after so many seconds
TURN_S = 30.0
#: and is served among the quick ones again when an answer takes less
SOON_S = 1.0
#: a connection that nobody used for so many seconds is closed
IDLE_S = 60.0
log = logging.getLogger(__name__)


class Dispatcher:
    """Hands each city with something due to a thread, unless one is busy with it."""

    def __init__(self, app: Flask, hub: Hub) -> None:
        self._app = app
        self._hub = hub
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._lanes: dict[str, ThreadPoolExecutor] = {}
        self._busy: dict[Origin, Future[None]] = {}
        self._slow: set[Origin] = set()
        self._arrived = 0

    def start(self) -> None:
        """Begin to deliver what is due and return at once."""
        _ = self._hub.outbox  # makes or reads the key before threads want it
        deliveries, moment = self._hub.deliveries, now()
        busy = self._served_now()
        found = deliveries.peers_due(at=moment)
        busy |= self._served_now()  # who was served while we looked is looked at the next time
        peers = [peer for peer in found if peer.origin not in busy]
        if not peers:
            return
        failing = deliveries.troubled()
        slow = self._slow | failing
        ahead = _Ahead(deliveries, [peer for peer in peers if peer.origin not in slow])
        with self._lock:
            for peer in peers:
                if peer.origin in slow:
                    self._hand_over(FAILING if peer.origin in failing else SLOW, peer, self._serve_slowly, peer)
                else:
                    self._hand_over(QUICK, peer, self._serve, peer, ahead)

    def finish(self) -> int:
        """Deliver what is due and wait for it; return how much arrived."""
        before = self._arrived
        self.start()
        while tasks := list(self._busy.values()):
            wait(tasks)
        return self._arrived - before

    def tidy(self) -> None:
        """Close connections that nobody uses."""
        self._hub.transport.close_idle(IDLE_S)

    def close(self) -> None:
        """Finish what has begun: the request that is on its way to each city, and no other."""
        self._ending.set()
        for lane in self._lanes.values():
            lane.shutdown(wait=True, cancel_futures=True)
        self._busy.clear()

    def _going(self) -> bool:
        return not self._ending.is_set()

    def _served_now(self) -> set[Origin]:
        with self._lock:
            return set(self._busy)

    def _hand_over(self, lane: str, peer: Peer, serve: Callable[..., None], *facts: object) -> None:
        if lane not in self._lanes:
            self._lanes[lane] = ThreadPoolExecutor(LANES[lane], thread_name_prefix=f"deliver-{lane}")
        self._busy[peer.origin] = self._lanes[lane].submit(serve, *facts)

    def _serve(self, peer: Peer, ahead: "_Ahead") -> None:
        """Serve a city that answers at once until nothing is due to it."""
        arrived, slow = 0, False
        try:
            with self._app.app_context():
                waiting = ahead.of(peer)
                while waiting and not slow and self._going():
                    handed = self._hub.outbox.hurry(peer, waiting, going=self._going)
                    arrived, slow = arrived + handed.arrived, handed.slow
                    # fewer than a batch was all there was: what came since, the next look finds
                    waiting = self._due(peer) if len(waiting) == BATCH and not slow else []
        except Exception:  # it stays due; the worker comes again
            log.exception("delivering to %s broke", peer.origin)
        with self._lock:
            self._served(peer, arrived)
            if slow and self._going():
                self._slow.add(peer.origin)
                self._hand_over(SLOW, peer, self._serve_slowly, peer)

    def _serve_slowly(self, peer: Peer) -> None:
        """Serve a city that took too long or failed, for one turn."""
        started, arrived = time.monotonic(), 0
        try:
            with self._app.app_context():
                arrived = self._hub.outbox.deliver(
                    peer, going=lambda: self._going() and time.monotonic() - started < TURN_S
                )
        except Exception:  # it stays due; the worker comes again
            log.exception("delivering to %s broke", peer.origin)
        with self._lock:
            self._served(peer, arrived)
            if arrived and time.monotonic() - started < SOON_S * arrived:
                self._slow.discard(peer.origin)

    def _due(self, peer: Peer) -> Sequence[Delivery]:
        return self._hub.deliveries.due(peer.origin, at=now(), limit=BATCH)

    def _served(self, peer: Peer, arrived: int) -> None:
        self._arrived += arrived
        self._busy.pop(peer.origin, None)


class _Ahead:
    """What is due to many cities, read shortly before it is sent: whose turn it is reads for those behind too."""

    def __init__(self, deliveries: SqlDeliveries, peers: Sequence[Peer]) -> None:
        self._deliveries = deliveries
        self._behind = {peer.origin: peer for peer in peers}
        self._found: dict[Origin, tuple[float, Sequence[Delivery]]] = {}
        self._lock = threading.Lock()

    def of(self, peer: Peer) -> Sequence[Delivery]:
        """Return a batch of what is due to a city, oldest first."""
        with self._lock:
            self._behind.pop(peer.origin, None)
            if not self._fresh(peer):
                self._look([peer, *islice((each for each in self._behind.values() if not self._fresh(each)), BEHIND)])
            return self._found.pop(peer.origin)[1]

    def _fresh(self, peer: Peer) -> bool:
        return peer.origin in self._found and time.monotonic() < self._found[peer.origin][0]

    def _look(self, peers: Sequence[Peer]) -> None:
        found = self._deliveries.due_to(peers, at=now(), limit=READ_AT_ONCE)
        until = time.monotonic() + FRESH_S
        self._found |= {peer.origin: (until, found.get(peer.origin, [])[:BATCH]) for peer in peers}


def init_dispatcher(app: Flask, hub: Hub) -> None:
    """Give an app its dispatcher."""
    app.extensions["cop.dispatcher"] = Dispatcher(app, hub)
