# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Deadlines of many waits, kept by one thread."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: seconds after which the thread ends when nobody waits
_IDLE = 60.0


class Watch:
    """Calls whoever is still waiting at the end of its time."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._ends: dict[object, tuple[float, Callable[[], None]]] = {}
        self._thread: threading.Thread | None = None
        #: sleeps through what was over in time, so that few waits wake it
        self._wakes_at = math.inf

    @contextmanager
    def over(self, seconds: float, act: Callable[[], None]) -> Iterator[None]:
        """Call `act`, from another thread, if what happens inside takes longer."""
        ticket = object()
        end = time.monotonic() + seconds
        with self._changed:
            self._ends[ticket] = end, act
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif end < self._wakes_at:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._ends.pop(ticket, None)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._wakes_at = min((end for end, _ in self._ends.values()), default=math.inf)
                rest = self._wakes_at - time.monotonic()
                woken = self._changed.wait(min(max(rest, 0), _IDLE))
                if not woken and not self._ends:
                    self._thread = None
                    return
                late = [ticket for ticket, (end, _) in self._ends.items() if end <= time.monotonic()]
                acts = [self._ends.pop(ticket)[1] for ticket in late]
            for act in acts:
                act()
