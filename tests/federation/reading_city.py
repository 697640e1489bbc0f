# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A city in memory that reads a peer, for the tests of reading and of comparing."""

from federation import strict_json
from federation.catchup import CatchUp
from federation.errors import Refused, Unreachable
from federation.feed import CHANGES, Pages
from federation.memory_feed import OwnLog, PeersLogs
from federation.ports import Answer, Level, Peer, PeerState, Request
from federation.signing import sign_request
from tests.federation.peer_cities import HERE, KEY, PEER, City, a_key, answered

OWN_KEY = a_key(HERE)
WE = Peer(HERE, PeerState.ACTIVE, Level.WORK, Level.WORK)
THEY = Peer(PEER, PeerState.ACTIVE, Level.WORK, Level.WORK)


class Here:
    """A city in memory that reads `peer-b`, whose log and objects are in memory too."""

    def __init__(self, *, schema=lambda activity: {}):
        self.city = City(schema=schema)
        self.city.know(KEY)
        self.log = OwnLog(PEER)
        self.readings = PeersLogs()
        self.asked = []
        self.away = None
        self.change = lambda page: page
        self.peer = THEY
        self.catch_up = CatchUp(
            ask=self.ask,
            inbox=self.city.inbox,
            readings=self.readings,
            known=self.city.known,
            events=self.city.events,
            clock=self.city.clock,
        )

    def ask(self, origin, path):
        """Answer as the peer would."""
        self.asked.append(path.partition("?")[0])
        if isinstance(self.away, Unreachable):
            raise self.away
        query = dict(part.split("=") for part in path.partition("?")[2].split("&") if part)
        answer = self.away or self._page(path, query)
        request = sign_request(Request("GET", f"{origin}{path}", {}), key=OWN_KEY, at=self.city.clock())
        return answered(answer, request, KEY, at=self.city.clock())

    def _page(self, path, query):
        pages = Pages(self.log)
        try:
            page = (pages.changes if path.startswith(CHANGES) else pages.snapshot)(WE, query)
        except Refused as refusal:
            return Answer(refusal.status, {}, strict_json.dumps(refusal.problem))
        return Answer(200, {}, strict_json.dumps(self.change(page)))

    def read(self):
        return self.catch_up.read(self.peer)

    def taken(self):
        return [fetched.received.activity.id.removeprefix(f"{PEER}/a/") for fetched in self.readings.taken.values()]

    def errors(self):
        return self.readings.errors[PEER]
