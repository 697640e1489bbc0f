# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""No name is found for ten minutes: everything waits and is tried again, and whoever can be reached hears at once."""

import socket
import threading
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest
import time_machine

from cop.base.clock import now
from cop.sharing.dispatch import FAILING, LANES
from federation.http import Egress
from tests.builders import a_peer
from tests.live.test_delivery import peer, received, say
from tests.live_instance import LiveInstance

MINUTES = 10


class NameServer:
    """Counts who is asked for and finds nobody."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked[host] += 1
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


@pytest.fixture
def names(kassel: LiveInstance) -> NameServer:
    """What Kassel asks for the addresses of other cities."""
    server = NameServer()
    kassel.app.extensions["cop.sharing"].transport = Egress(development=True, resolve=server)
    return server


def threads(name: str) -> int:
    return sum(thread.name.startswith(name) for thread in threading.enumerate())


def test_while_no_name_is_found_everything_waits_and_threads_do_not_pile_up(
    kassel: LiveInstance, aalborg: LiveInstance, names: NameServer
) -> None:
    kassel.peer_with(aalborg)
    cities = [f"https://city-{number}.example" for number in range(2 * LANES[FAILING])]
    with kassel.at_work():
        for origin in cities:
            a_peer(origin, greeted=True)
    before, running = received(aalborg), []
    say(kassel, *cities)

    for minute in range(MINUTES):
        with time_machine.travel(now() + timedelta(minutes=minute)):
            say(kassel, aalborg.origin)
            kassel.deliver()
            running.append(threads("deliver"))

    assert set(names.asked.values()) == {MINUTES}
    assert received(aalborg) == before + MINUTES
    for origin in cities:
        city = peer(kassel, origin)
        assert (city.last_error, city.failures, city.stopped_at, city.feed_only_at) == ("connect", MINUTES, None, None)
        assert city.next_try_at < now() + timedelta(minutes=MINUTES + 1)
    assert threads("resolve") == 0
    assert threads(f"deliver-{FAILING}") <= LANES[FAILING]
    assert max(running[2:]) <= running[1] + 1
