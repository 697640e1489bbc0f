# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A BigBlueButton server as small as can be: checksums, ids and answers as its API reference and bbb-web have them."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

SECRET = "639259d4-9dd8-4b25-bf01-95f9567eaf4b"
#: the length of a checksum tells its hash
HASHES = {40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}
ROOT = "/bigbluebutton/api/"


class Failed(Exception):  # noqa: N818  the API's word
    """An answer of FAILED, with its messageKey."""


class Room:
    """A conference that was created."""

    def __init__(self, room, internal, asked):
        self.room, self.internal, self.asked = room, internal, asked
        self.people, self.tables = [], []


class Bbb:
    """The rooms of a server; `said` are the calls it took, `instead` is answered in place of everything."""

    def __init__(self):
        self.rooms, self.said, self.instead = {}, [], None
        self._opened = count(1_795_000_000_000)

    def answer(self, call, query):
        asked = dict(parse_qsl(query, strict_parsing=True))
        checksum = asked.pop("checksum", "")
        signed = query.rpartition("&checksum=")[0]
        name = HASHES.get(len(checksum))
        if name is None or hashlib.new(name, f"{call}{signed}{SECRET}".encode()).hexdigest() != checksum:
            raise Failed("checksumError")
        self.said.append((call, asked))
        return getattr(self, call)(asked)

    def create(self, asked):
        if not 2 <= len(asked["name"]) <= 64:
            raise Failed("validationError")
        if asked["meetingID"] in self.rooms:
            raise Failed("idNotUnique")
        room = self._breakout(asked) if asked.get("isBreakout") == "true" else self._room(asked)
        self.rooms[room.room] = room
        return f"<meetingID>{room.room}</meetingID><internalMeetingID>{room.internal}</internalMeetingID>"

    def _room(self, asked):
        return Room(asked["meetingID"], f"{sha1(asked['meetingID'])}-{next(self._opened)}", asked)

    def _breakout(self, asked):
        parent = next((room for room in self.rooms.values() if room.internal == asked["parentMeetingID"]), None)
        if parent is None:
            raise Failed("parentMeetingIDMissing")
        opened = asked["meetingID"].partition("-")[2]
        room = Room(
            f"{sha1('-'.join([parent.internal, opened, asked['sequence']]))}-{opened}", asked["meetingID"], asked
        )
        parent.tables.append(room.room)
        return room

    def join(self, asked):
        self._found(asked).people.append((asked["fullName"], asked["role"]))
        return ""

    def getMeetingInfo(self, asked):  # noqa: N802  the call's name
        room = self._found(asked)
        tables = "".join(f"<breakout>{table}</breakout>" for table in room.tables)
        return f"<internalMeetingID>{room.internal}</internalMeetingID><breakoutRooms>{tables}</breakoutRooms>"

    def isMeetingRunning(self, asked):  # noqa: N802  the call's name
        room = self.rooms.get(asked["meetingID"])
        return f"<running>{'true' if room is not None and room.people else 'false'}</running>"

    def end(self, asked):
        for table in self._found(asked).tables:
            del self.rooms[table]
        del self.rooms[asked["meetingID"]]
        return ""

    def _found(self, asked):
        if asked["meetingID"] not in self.rooms:
            raise Failed("notFound")
        return self.rooms[asked["meetingID"]]


def sha1(text):
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """XML for each call; whoever joins is led to the client."""

    def do_GET(self):
        parts = urlsplit(self.path)
        call = parts.path.removeprefix(ROOT)
        try:
            status, body = 200, f"<returncode>SUCCESS</returncode>{self.server.bbb.answer(call, parts.query)}"
        except Failed as failed:
            status, body = 200, f"<returncode>FAILED</returncode><messageKey>{escape(str(failed))}</messageKey>"
        else:
            status = 302 if call == "join" else 200
        told = self.server.bbb.instead or f"<response>{body}</response>".encode()
        self.send_response(status)
        self.send_header("Location", "/html5client/join")
        self.send_header("Content-Type", "text/xml;charset=utf-8")
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *words):
        pass


@contextmanager
def a_bbb() -> Iterator[tuple[str, Bbb]]:
    """A server that runs: its address as the operator writes it down, and what happens on it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.bbb = Bbb()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/bigbluebutton", server.bbb
    server.shutdown()
    server.server_close()
