# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reading many cities side by side: one thread for each, and none waits for another."""

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait

from flask import Flask

from cop.base.clock import now
from cop.base.db import db, transaction
from cop.sharing.hub import Hub
from cop.sharing.readings import remember_compared, to_compare
from federation.compare import Compared
from federation.errors import Refused, Unreachable
from federation.ports import Peer

THREADS = 8
log = logging.getLogger(__name__)


class Readers:
    """Hands each city that is to be read to a thread, unless one is busy with it."""

    def __init__(self, app: Flask, hub: Hub) -> None:
        self._app = app
        self._hub = hub
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._threads: ThreadPoolExecutor | None = None
        self._busy: dict[str, Future[int]] = {}

    def start(self) -> list[Future[int]]:
        """Begin to read what is due and return at once."""
        _ = self._hub.catch_up  # makes or reads the key before threads want it
        if self._ending.is_set():
            return []
        peers = self._hub.readings.due(at=now())
        with self._lock:
            return [self._hand_over(peer) for peer in peers if peer.origin not in self._busy]

    def finish(self) -> int:
        """Read what is due and wait for it; return how much was new."""
        begun = self.start()
        wait(begun)
        return sum(task.result() for task in begun)

    def close(self) -> None:
        """Finish the pages that are being read, and no other."""
        self._ending.set()
        if self._threads is not None:
            self._threads.shutdown(wait=True, cancel_futures=True)

    def _hand_over(self, peer: Peer) -> Future[int]:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="read")
        task = self._threads.submit(self._read, peer)
        self._busy[peer.origin] = task
        return task

    def _read(self, peer: Peer) -> int:
        try:
            with self._app.app_context():
                progress = self._hub.catch_up.read(peer, going=lambda: not self._ending.is_set())
                return progress.new + (self._compare(peer) if progress.complete else 0)
        except Exception:  # it stays due; the worker comes again
            log.exception("reading %s broke", peer.origin)
            return 0
        finally:
            with self._lock:
                self._busy.pop(peer.origin, None)

    def _compare(self, peer: Peer) -> int:
        """Compare, if it is time to; what can't be compared tonight is compared the next night."""
        wanted = to_compare(peer.origin)
        db.session.rollback()  # nothing stays open while the peer is awaited
        if not wanted:
            return 0
        outcome: Compared | None = None
        try:
            outcome = self._hub.comparison.compare(peer)
        except (Refused, Unreachable) as fault:
            log.warning("comparing with %s ended: %s", peer.origin, fault.code)
        with transaction():
            remember_compared(peer.origin, outcome)
        return 0 if outcome is None else outcome.mended


def init_readers(app: Flask, hub: Hub) -> None:
    """Give an app its readers."""
    app.extensions["cop.readers"] = Readers(app, hub)
