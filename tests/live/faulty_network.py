# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A network between cities that does what networks do: over real sockets, and again the same with the same seed.

A city's origin is an address of this network, behind which the city listens: nothing in the city knows of it. Who asks
is read from the key that signed. What happens on a way follows from the seed, the way and how many requests it saw.
"""

import random
import re
import socket
import socketserver
import threading
import time
from collections import Counter, deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum

HOST = "127.0.0.1"
PATIENCE_S = 10
KEY_OF = re.compile(rb'keyid="(http://[0-9.:]+)/actor#')
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


class Fault(StrEnum):
    """What can become of a request."""

    #: it never arrives
    LOST = "lost"
    #: it arrives, and the answer is lost
    UNANSWERED = "unanswered"
    #: it arrives late
    DELAYED = "delayed"
    #: it arrives two to five times
    REPEATED = "repeated"
    #: it seems lost, and arrives after the next one
    OVERTAKEN = "overtaken"
    #: it arrives with other bits in it
    BENT = "bent"
    #: the answer is noise
    GARBAGE = "garbage"
    #: the answer comes in very small pieces (slow loris)
    DRIBBLED = "dribbled"
    #: half of the answer comes, and then nothing more, while the other half of the connection stays open
    HALF_CLOSED = "half_closed"


@dataclass
class Way:
    """From one city to another, with a chance of its own: what happens elsewhere changes nothing here."""

    chance: random.Random
    planned: deque[Fault | None] = field(default_factory=deque)
    kept_back: list[bytes] = field(default_factory=list)
    cut: bool = False
    seen: Counter[Fault] = field(default_factory=Counter)

    def next_fault(self, faults: Mapping[Fault, float]) -> Fault | None:
        """Say what becomes of the next request."""
        throw = self.chance.random()
        if self.planned:
            return self.planned.popleft()
        for fault, share in faults.items():
            throw -= share
            if throw < 0:
                return fault
        return None


class FaultyNetwork:
    """Leads to cities, well or badly.

    Args:
        seed: with the same one the same happens.
        faults: how large a share of all requests meets what, together at most 1.
        slowness: seconds that what is late is late by.
    """

    def __init__(self, seed: int = 0, *, faults: Mapping[Fault, float] | None = None, slowness: float = 0.02) -> None:
        self.seed = seed
        self.faults = dict(faults or {})
        self.slowness = slowness
        self._ways: dict[tuple[str, str], Way] = {}
        self._fronts: dict[str, _Front] = {}
        self._lock = threading.Lock()

    def lead_to(self, port: int, *, name: str) -> str:
        """Return the origin by which the city that listens there is to be known."""
        front = _Front(self, port, name)
        threading.Thread(target=front.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self._fronts[front.origin] = front
        return front.origin

    def way(self, source: str, target: str) -> Way:
        """Return the way between two cities by their names; of who signs nothing the name is empty."""
        with self._lock:
            if (source, target) not in self._ways:
                self._ways[source, target] = Way(random.Random(f"{self.seed} {source} {target}"))
            return self._ways[source, target]

    def plan(self, source: str, target: str, *faults: Fault | None) -> None:
        """Decide what the next requests meet."""
        self.way(source, target).planned.extend(faults)

    def part(self, one: str, other: str) -> None:
        """Let nothing pass between two cities."""
        self.way(one, other).cut = self.way(other, one).cut = True

    def mend(self) -> None:
        """Let all pass between all."""
        for way in list(self._ways.values()):
            way.cut = False

    def heal(self) -> None:
        """Be a good network from now on; what was kept back arrives at last."""
        self.mend()
        self.faults = {}
        for (_, target), way in list(self._ways.items()):
            way.planned.clear()
            for front in self._fronts.values():
                if front.name == target:
                    front.bring(way.kept_back)

    def begin_anew(self, seed: int, faults: Mapping[Fault, float]) -> None:
        """Forget what was, and go on as with a new seed."""
        self.seed, self.faults = seed, dict(faults)
        with self._lock:
            self._ways.clear()

    def seen(self) -> Counter[Fault]:
        """Count what happened."""
        return sum((way.seen for way in self._ways.values()), Counter())

    def close(self) -> None:
        for front in self._fronts.values():
            front.shutdown()
            front.server_close()

    def source(self, request: bytes) -> str:
        """Name the city that signed a request."""
        found = KEY_OF.search(request)
        front = self._fronts.get(found[1].decode()) if found else None
        return front.name if front else ""


class _Front(socketserver.ThreadingTCPServer):
    """Where a city is said to be."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, network: FaultyNetwork, port: int, name: str) -> None:
        super().__init__((HOST, 0), _Line)
        self.network = network
        self.name = name
        self.origin = f"http://{HOST}:{self.server_address[1]}"
        self._port = port

    def handle_error(self, request: object, client_address: object) -> None:
        """Who hangs up hangs up."""

    def bring(self, kept_back: list[bytes]) -> None:
        """Let arrive what was overtaken; nobody waits for the answers."""
        while kept_back:
            self.ask(kept_back.pop(0))

    def ask(self, request: bytes) -> bytes:
        """Bring a request to the city and return what it answers; nothing when it is away."""
        answer = bytearray()
        with suppress(OSError), socket.create_connection((HOST, self._port), timeout=PATIENCE_S) as line:
            line.sendall(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
            while chunk := line.recv(65536):
                answer += chunk
        return bytes(answer)


class _Line(socketserver.StreamRequestHandler):
    """One connection, which brings one request."""

    server: _Front
    timeout = PATIENCE_S

    def handle(self) -> None:
        request = self._read()
        network = self.server.network
        way = network.way(network.source(request), self.server.name)
        if way.cut or not request:
            return
        fault = way.next_fault(network.faults)
        if fault is not None:
            way.seen[fault] += 1
        if fault is Fault.OVERTAKEN:
            way.kept_back.append(request)
        elif fault is not Fault.LOST:
            self._give_back(self._bring(request, fault, way), fault, way)
        if fault is not Fault.OVERTAKEN:
            self.server.bring(way.kept_back)

    def _read(self) -> bytes:
        head = bytearray()
        while not head.endswith(b"\r\n\r\n"):
            line = self.rfile.readline()
            if not line:
                return b""
            head += line
        length = LENGTH.search(head)
        return bytes(head) + (self.rfile.read(int(length[1])) if length else b"")

    def _bring(self, request: bytes, fault: Fault | None, way: Way) -> bytes:
        if fault is Fault.DELAYED:
            time.sleep(self.server.network.slowness)
        elif fault is Fault.BENT:
            request = _bent(request, way.chance)
        elif fault is Fault.REPEATED:
            for _ in range(way.chance.randint(1, 4)):
                self.server.ask(request)
        return self.server.ask(request)

    def _give_back(self, answer: bytes, fault: Fault | None, way: Way) -> None:
        match fault:
            case Fault.UNANSWERED:
                pass
            case Fault.GARBAGE:
                self._answer(way.chance.randbytes(way.chance.randint(1, 400)))
            case Fault.DRIBBLED:
                self._dribble(answer, self.server.network.slowness)
            case Fault.HALF_CLOSED:
                self._answer(answer[: len(answer) // 2])
                self.connection.shutdown(socket.SHUT_WR)
                self.rfile.read()  # until the other half is closed too
            case _:
                self._answer(answer)

    def _answer(self, answer: bytes) -> None:
        self.connection.sendall(answer)

    def _dribble(self, answer: bytes, seconds: float, pieces: int = 10) -> None:
        size = len(answer) // pieces + 1
        for at in range(0, len(answer), size):
            self._answer(answer[at : at + size])
            time.sleep(seconds / pieces)


def _bent(request: bytes, chance: random.Random) -> bytes:
    """Change one byte of what is sent: of the body if there is one, else of the signature."""
    head, gap, body = request.partition(b"\r\n\r\n")
    if body:
        at = chance.randrange(len(body))
        return head + gap + body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
    return head.replace(b"sig1=:", b"sig1=:A", 1) + gap
