# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Much at once, from one address; bounded to a few seconds each."""

import threading
import time
from contextlib import closing

from tests.hostile.verdict import Verdict

FLOOD_S = 3
LINES = 4
#: how long a well-behaved city may have to wait beside a flood, at the 95th percentile
PATIENCE_S = 1.0


def percentile_95(seconds):
    return sorted(seconds)[int(len(seconds) * 0.95)]


def flood(send, number, *, connect, meanwhile):
    """Send over several connections until `number` or the time is reached, and do `meanwhile` beside them.

    Returns what each of both answered.
    """
    until = time.monotonic() + FLOOD_S
    bad, good = [], []

    def pour():
        with connect() as line:
            while len(bad) < number and time.monotonic() < until:
                bad.append(send(line))

    threads = [threading.Thread(target=pour) for _ in range(LINES)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        good.append(meanwhile())
        time.sleep(0.02)
    for thread in threads:
        thread.join()
    return bad, good


def bad_signatures(world, case):
    """Bad signatures from one address: a few are looked at, the others are turned away; a good peer goes on."""
    address = world.live.address()
    spoilt = world.valid(world.peer_b).seal()
    spoilt.headers["signature"] = f"sig1=:{'A' * 86}==:"

    def connect():
        return closing(world.live.connection(address))

    def send(line):
        return world.live.send(spoilt, connection=line)

    checks = {
        "cpu_bounded": lambda verdict: _few_looked_at(bad),
        "good_peer_still_served": lambda verdict: _served(good),
    }
    with Verdict(world.live, case, checks=checks) as verdict:
        number = case.setup["mutate"]["flood"]
        bad, good = flood(send, number, connect=connect, meanwhile=lambda: world.post(world.valid(world.peer_b).seal()))
        verdict.take(bad[-1])


def _few_looked_at(replies):
    looked_at = [reply for reply in replies if reply.status == 401]
    turned_away = [reply for reply in replies if reply.status == 429]
    assert len(looked_at) + len(turned_away) == len(replies)
    # a minute may turn in between
    assert len(looked_at) <= 2 * (30 + LINES) < len(turned_away)
    assert all(int(reply.headers["retry-after"]) <= 61 for reply in turned_away)


def _served(replies):
    assert {reply.status for reply in replies} == {202}
    assert percentile_95([reply.seconds for reply in replies]) < PATIENCE_S
