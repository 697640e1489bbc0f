# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Delivering to many cities side by side: one request in flight for each, and none waits for another.

Many threads serve the cities that answer at once. Whoever fails or takes longer goes to a lane of a few threads, so
that any number of dead cities holds up nobody but each other.
"""

import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

from flask import Flask

from cop.base.clock import now
from cop.sharing.hub import Hub
from federation.origins import Origin
from federation.outbox import BATCH
from federation.ports import Delivery, Peer

QUICK_THREADS = 128
SLOW_THREADS = 8
#: what is read for all at once; who has more reads the rest itself
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
        self._quick: ThreadPoolExecutor | None = None
        self._patient: ThreadPoolExecutor | None = None
        self._busy: dict[Origin, Future[None]] = {}
        self._slow: set[Origin] = set()
        self._arrived = 0

    def start(self) -> None:
        """Begin to deliver what is due and return at once."""
        _ = self._hub.outbox  # makes or reads the key before threads want it
        deliveries, moment = self._hub.deliveries, now()
        peers = [peer for peer in deliveries.peers_due(at=moment) if peer.origin not in self._busy]
        if not peers:
            return
        slow = self._slow | deliveries.troubled()
        quick = [peer for peer in peers if peer.origin not in slow]
        ready = deliveries.due_to(quick, at=moment, limit=READ_AT_ONCE)
        until = time.monotonic() + FRESH_S
        with self._lock:
            for peer in peers:
                if peer.origin in slow:
                    self._to_patience(peer)
                else:
                    self._to_quick(peer, ready.get(peer.origin, [])[:BATCH], until)

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
        for pool in (self._quick, self._patient):
            if pool is not None:
                pool.shutdown(wait=True, cancel_futures=True)
        self._busy.clear()

    def _going(self) -> bool:
        return not self._ending.is_set()

    def _to_quick(self, peer: Peer, waiting: Sequence[Delivery], until: float) -> None:
        if self._quick is None:
            self._quick = ThreadPoolExecutor(QUICK_THREADS, thread_name_prefix="deliver")
        self._busy[peer.origin] = self._quick.submit(self._serve, peer, waiting, until)

    def _to_patience(self, peer: Peer) -> None:
        if self._patient is None:
            self._patient = ThreadPoolExecutor(SLOW_THREADS, thread_name_prefix="deliver-slowly")
        self._busy[peer.origin] = self._patient.submit(self._serve_slowly, peer)

    def _serve(self, peer: Peer, waiting: Sequence[Delivery], until: float) -> None:
        """Serve a city that answers at once until nothing is due to it; what was read too long ago is read anew."""
        arrived, slow = 0, False
        try:
            with self._app.app_context():
                if time.monotonic() > until or not waiting:
                    waiting = self._due(peer)
                while waiting and not slow and self._going():
                    handed = self._hub.outbox.hurry(peer, waiting, going=self._going)
                    arrived, slow = arrived + handed.arrived, handed.slow
                    waiting = [] if slow else self._due(peer)
        except Exception:  # it stays due; the worker comes again
            log.exception("delivering to %s broke", peer.origin)
        with self._lock:
            self._served(peer, arrived)
            if slow and self._going():
                self._slow.add(peer.origin)
                self._to_patience(peer)

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


def init_dispatcher(app: Flask, hub: Hub) -> None:
    """Give an app its dispatcher."""
    app.extensions["cop.dispatcher"] = Dispatcher(app, hub)
