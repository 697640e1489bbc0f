# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""City A as it runs for real, and the cities that speak to it."""

import hashlib
import http.client
import json
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import count
from uuid import uuid4

from sqlalchemy import delete, func, inspect, select, update

from cop.accounts.models import Account
from cop.asgi import create_server
from cop.base.db import Model, db, transaction
from cop.sharing import jobs
from cop.sharing.models import PeerRecord, ReceivedActivity, SecurityEventRecord
from cop.sharing.stores import SqlPeers
from federation.ports import Level, Peer, PeerState
from tests.hostile.outbound import watched
from tests.hostile.signing import Draft, Key, Sealed

ORIGIN = "https://city-a.example"
HOST = ORIGIN.removeprefix("https://")
#: how the protocol remembers whom it heard; not what anybody did
BOOKKEEPING = {"security_event", "nonce", "received_activity", "peer"}
STARTS_WITHIN_S = 10


@dataclass(frozen=True)
class Reply:
    """An answer of the city."""

    status: int
    headers: dict
    body: bytes
    seconds: float

    @property
    def code(self):
        """The code of a problem document."""
        return json.loads(self.body)["title"] if self.body else ""


class LiveCity:
    """City A: the configured origin is public, the socket is on loopback."""

    def __init__(self, app):
        self.app = app
        self.server = create_server(app, host="127.0.0.1", port=0)
        self._thread = threading.Thread(target=self.server.run, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not self.server.started:
            assert time.monotonic() < deadline, "the city did not start"
            time.sleep(0.01)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]
        self._addresses = count(1)

    def stop(self):
        self.server.should_exit = True
        self._thread.join(STARTS_WITHIN_S)

    def address(self):
        """A loopback address nobody else came from: what strangers do is counted for each address."""
        number = next(self._addresses)
        return f"127.1.{number // 250}.{number % 250 + 1}"

    def connection(self, address=None, timeout=10):
        source = (address, 0) if address else None
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout, source_address=source)

    def send(self, sealed, *, address=None, connection=None):
        """Send a request exactly as it is written."""
        if connection is None:
            with closing(self.connection(address)) as line:
                return self.send(sealed, connection=line)
        started = time.monotonic()
        connection.putrequest(sealed.method, sealed.path, skip_host=True, skip_accept_encoding=True)
        for name, value in sealed.headers.items():
            connection.putheader(name, value)
        if sealed.method == "POST" and "content-length" not in sealed.headers:
            connection.putheader("content-length", str(len(sealed.body)))
        with suppress(BrokenPipeError, ConnectionResetError):  # it may answer before it has read all
            connection.endheaders(sealed.body or None)
        answer = connection.getresponse()
        body = answer.read()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, told, body, time.monotonic() - started)

    def read(self, path, **headers):
        """Get a page or a document as anybody might."""
        told = {"host": HOST, "accept": "application/activity+json", **headers}
        return self.send(Sealed("GET", path, told, b""), address=self.address())

    def digest(self, *, but=frozenset({"security_event"})):
        """A fingerprint of each table's rows, by its name: what differs says where."""
        found = {}
        with self.app.app_context(), db.engine.connect() as connection:
            there = set(inspect(connection).get_table_names()) - set(but)
            for table in [table for table in Model.metadata.sorted_tables if table.name in there]:
                rows = sorted(repr(tuple(row)) for row in connection.execute(select(table)))
                found[table.name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        return found

    def come_to_rest(self):
        """Begin anew: take what came, and give up what an earlier line left to be tried again within this one."""
        with self.app.app_context():
            jobs.process_received()
            with transaction():
                db.session.execute(update(ReceivedActivity).values(due_at=None))

    def forget_security_events(self):
        """Begin anew: the same refusal of a stranger is written down once in ten seconds."""
        with self.app.app_context(), transaction():
            db.session.execute(delete(SecurityEventRecord))

    def security_events(self):
        with self.app.app_context():
            return list(db.session.scalars(select(SecurityEventRecord.code).order_by(SecurityEventRecord.at)))

    def count(self, model, *where):
        with self.app.app_context():
            return db.session.scalar(select(func.count()).select_from(model).where(*where))

    def strangers(self):
        """How many accounts there are of people who are not of the city's own staff."""
        return self.count(Account, Account.email.not_like(f"%@{HOST}"))

    def one(self, model, *where):
        """The one row, detached, or None."""
        with self.app.app_context():
            found = db.session.scalars(select(model).where(*where)).one_or_none()
            if found is not None:
                db.session.expunge(found)
            return found

    def watched(self):
        return watched(self.port)


class City:
    """A city that the test plays; what it signs is right until a mutation changes it."""

    def __init__(self, name, *, live):
        self.origin = name if "://" in name else f"https://{name}.example"
        self.live = live
        self.key = Key(f"{self.origin}/actor#peer-1")
        self.group = f"{self.origin}/o/{uuid4()}"

    def become_peer(self, *, state=PeerState.ACTIVE, level=Level.WORK):
        with self.live.app.app_context():
            peer = Peer(self.origin, PeerState(state), level, level, f"{self.origin}/a/{uuid4()}")
            SqlPeers().add(peer, name=self.origin, keys={self.key.key_id: self.key.public})
        return self

    def change(self, **facts):
        """Let an administrator of city A decide otherwise about this city."""
        with self.live.app.app_context(), transaction():
            record = db.session.scalars(select(PeerRecord).where(PeerRecord.origin == self.origin)).one()
            for name, value in facts.items():
                setattr(record, name, value)

    def draft(self, document, **facts):
        body = document if isinstance(document, bytes) else json.dumps(document, ensure_ascii=False).encode()
        return Draft(facts.pop("key", self.key), facts.pop("host", HOST), body=body, **facts)

    def post(self, document, **facts):
        """Deliver a document as a well-behaved city does."""
        address = facts.pop("address", None)
        return self.live.send(self.draft(document, **facts).seal(), address=address)

    def tell(self, object_, type_="Create"):
        """Deliver something that must be taken."""
        reply = self.post(self.activity(object_, type_))
        assert reply.status == 202, reply.body

    def get(self, path):
        draft = Draft(self.key, HOST, method="GET", path=path, headers={"accept": "application/activity+json"})
        return self.live.send(draft.seal())

    def id(self, kind="o"):
        return f"{self.origin}/{kind}/{uuid4()}"

    def activity(self, object_, type_="Create", **more):
        return {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": self.id("a"),
            "type": type_,
            "actor": f"{self.origin}/actor",
            "object": object_,
            **more,
        }

    def actor(self):
        return {
            "id": f"{self.origin}/actor",
            "type": "Application",
            "name": "Stadt Musterhausen",
            "cop:short": "Muster",
            "cop:letters": "MU",
            "cop:hue": 200,
            "inLanguage": "de",
        }

    def community(self, **facts):
        return {
            "id": self.group,
            "type": "Group",
            "attributedTo": f"{self.origin}/actor",
            "cop:rev": 1,
            "name": "CoP Digitalisierung",
            "summary": "Digital services",
            "inLanguage": "de",
            "cop:kind": "cop",
            "cop:visibility": "peers",
            "cop:joinMode": "open",
            **facts,
        }

    def event(self, **facts):
        """A meeting of this city's community."""
        return {
            "id": self.id(),
            "type": "Event",
            "attributedTo": self.group,
            "cop:rev": 1,
            "name": "Desksharing",
            "content": "Who shares, and how?",
            "startTime": "2027-02-04T09:00:00+01:00",
            "endTime": "2027-02-04T11:00:00+01:00",
            "timezone": "Europe/Berlin",
            "inLanguage": "de",
            "updated": "2026-11-01T09:00:00Z",
            "cop:format": "online",
            "cop:state": "scheduled",
            "cop:audience": "peers",
            **facts,
        }

    def article(self, **facts):
        return {
            "id": self.id(),
            "type": "Article",
            "attributedTo": self.group,
            "cop:rev": 1,
            "name": "Desksharing in kurz",
            "content": "So geht es.",
            "inLanguage": "de",
            "cop:kind": "guide",
            "cop:licence": "CC-BY-4.0",
            "cop:audience": "peers",
            "published": "2026-11-01T09:00:00Z",
            "updated": "2026-11-01T09:00:00Z",
            **facts,
        }
