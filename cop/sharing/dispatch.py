# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Delivering to many cities side by side: one request in flight for each, and none waits for another."""

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait

from flask import Flask

from cop.base.clock import now
from cop.sharing.hub import Hub
from federation.ports import Peer

THREADS = 16
log = logging.getLogger(__name__)


class Dispatcher:
    """Hands each city with something due to a thread, unless one is busy with it."""

    def __init__(self, app: Flask, hub: Hub) -> None:
        self._app = app
        self._hub = hub
        self._lock = threading.Lock()
        self._threads: ThreadPoolExecutor | None = None
        self._busy: dict[str, Future[int]] = {}

    def start(self) -> list[Future[int]]:
        """Begin to deliver what is due and return at once."""
        _ = self._hub.outbox  # makes or reads the key before threads want it
        peers = self._hub.deliveries.peers_due(at=now())
        with self._lock:
            return [self._hand_over(peer) for peer in peers if peer.origin not in self._busy]

    def finish(self) -> int:
        """Deliver what is due and wait for it; return how much arrived."""
        begun = self.start()
        wait(begun)
        return sum(task.result() for task in begun)

    def close(self) -> None:
        """Finish what has begun."""
        if self._threads is not None:
            self._threads.shutdown(wait=True)

    def _hand_over(self, peer: Peer) -> Future[int]:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="deliver")
        task = self._threads.submit(self._serve, peer)
        self._busy[peer.origin] = task
        return task

    def _serve(self, peer: Peer) -> int:
        arrived = 0
        try:
            with self._app.app_context():
                while some := self._hub.outbox.deliver(peer):
                    arrived += some
        except Exception:  # it stays due; the worker comes again
            log.exception("delivering to %s broke", peer.origin)
        finally:
            with self._lock:
                self._busy.pop(peer.origin, None)
        return arrived


def init_dispatcher(app: Flask, hub: Hub) -> None:
    """Give an app its dispatcher."""
    app.extensions["cop.dispatcher"] = Dispatcher(app, hub)
