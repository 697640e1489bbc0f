# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""How much one source may ask of us.

In the memory of the one web process: a restart forgives, and a write for each
refused request would be what an attacker wants.
"""

import threading
from collections import OrderedDict
from datetime import timedelta

from federation.ports import Clock

WINDOW = timedelta(minutes=1)
#: a city that catches up after an outage sends 50 activities at a time
PEER = 6000
STRANGER = 30
MOST_BUCKETS = 10_000


class Buckets:
    """See `federation.ports.RateLimit`."""

    def __init__(self, clock: Clock, *, peer: int = PEER, stranger: int = STRANGER) -> None:
        self._clock = clock
        self._most = {"peer": peer, "refused": stranger}
        self._counts: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, bucket: str) -> int:
        """Return 0 when the next request may pass, else after how many seconds trying again makes sense."""
        moment = self._clock().timestamp()
        window = int(moment // WINDOW.total_seconds())
        begun, counted = self._counts.get(bucket, (window, 0))
        if begun != window or counted < self._most[bucket.partition(":")[0]]:
            return 0
        return int((window + 1) * WINDOW.total_seconds() - moment) + 1

    def count(self, bucket: str) -> None:
        """Count one request."""
        window = int(self._clock().timestamp() // WINDOW.total_seconds())
        with self._lock:
            begun, counted = self._counts.get(bucket, (window, 0))
            self._counts[bucket] = (window, counted + 1 if begun == window else 1)
            self._counts.move_to_end(bucket)
            if len(self._counts) > MOST_BUCKETS:
                self._counts.popitem(last=False)
