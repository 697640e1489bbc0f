# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Live channels, as features see them: who may listen, what changed, and what is due.

A feature registers a source for the channels whose names begin with its word and a colon ("room:<uuid>"), answers a
request for a stream by `return listen(...)`, and says `changed(...)` in the transaction that changes something.
`base.streams` does the rest in the event loop; without one (the test client) each answer is what there is by now.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, ClassVar

from flask import Flask, Response, current_app, request
from sqlalchemy import text

from cop.base.db import db, in_transaction, is_sqlite, transaction
from cop.base.errors import Problem
from cop.base.event_stream import STREAM_TYPE, event, first_bytes
from cop.base.events import Event, publish, subscribe
from cop.base.i18n import N_

#: what a request's environ carries where streams are possible: an `Opening`
OPENING = "cop.opening"
#: PostgreSQL's channel for all of ours: "<number> <channel>"
NOTICES = "reihum_live"
#: a browser allows six connections to a host over HTTP/1.1
PER_PERSON = 6
#: who says not who they are; many may share an address
PER_ADDRESS = 100
ADDRESS = "address"
#: what a database keeps of a number
MOST_NUMBER = 2**31 - 1
MOST_DIGITS = 11


class TooManyStreams(Problem):
    """A stream is refused; the page goes on asking every few seconds."""

    status = 429
    code = "too-many-streams"


@dataclass(frozen=True, slots=True)
class Change:
    """What a listener needs to have `number`: HTML, or nothing where nothing is to be shown to them."""

    number: int
    data: str

    def encode(self) -> bytes:
        return event(self.number, self.data)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks to hear."""

    channel: str
    variant: str
    after: int
    """The last number they have; 0 for none."""
    who: str
    """Whose presence it is; empty for nobody's."""
    counted_as: str
    """Whose streams are counted together."""


@dataclass(slots=True)
class Opening:
    """Where a view leaves what is wanted, for the event loop to take up."""

    again: bool = False
    """A stream is open already; the view only says whether it may go on."""
    wanted: Wanted | None = None
    stays: bool = False
    """A stream, not a single look."""
    admitted: bool = False
    """It was counted, and is to be given back."""


@dataclass(frozen=True, slots=True)
class Changed(Event):
    """A channel has a new number."""

    channel: str
    number: int


Render = Callable[[str, str, int], Change | None]
Presence = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Source:
    """Where the content of a feature's channels comes from."""

    render: Render
    arrived: Presence | None
    left: Presence | None


@dataclass(slots=True)
class Live:
    """The channels of one app."""

    app: Flask
    most: int
    sources: dict[str, Source] = field(default_factory=dict)
    timers: list[tuple[float, Callable[[], object]]] = field(default_factory=list)
    #: streams that are open, by whose they are
    _open: Counter[str] = field(default_factory=Counter)
    opened: int = 0
    _counting: Lock = field(default_factory=Lock)
    #: told of each change in this process: channel, number
    heard: list[Callable[[str, int], None]] = field(default_factory=list)
    #: told of channels that show something else in this process, under the same number
    turned: list[Callable[[str], None]] = field(default_factory=list)

    KEY: ClassVar[str] = "cop.live"

    def source_of(self, channel: str) -> Source:
        return self.sources[channel.partition(":")[0]]

    def render(self, channel: str, variant: str, after: int) -> Change | None:
        """Render in an app context of its own, whose database session ends with it."""
        with self.app.app_context():
            return self.source_of(channel).render(channel, variant, after)

    def admit(self, wanted: Wanted) -> None:
        """Count one more stream.

        Raises:
            TooManyStreams: when this person, or everybody, has too many.
        """
        with self._counting:
            if self._open[wanted.counted_as] >= (PER_ADDRESS if wanted.counted_as.startswith(ADDRESS) else PER_PERSON):
                raise TooManyStreams(N_("You have this open in too many windows. Please close one."))
            if self.opened >= self.most:
                raise TooManyStreams(
                    N_("Too many people are connected at the moment. This page looks again by itself.")
                )
            self._open[wanted.counted_as] += 1
            self.opened += 1

    def give_back(self, wanted: Wanted) -> None:
        """Count one stream less."""
        with self._counting:
            self.opened -= 1
            self._open[wanted.counted_as] -= 1
            if not self._open[wanted.counted_as]:
                del self._open[wanted.counted_as]


def init_live(app: Flask, *, most: int) -> None:
    """Let features register; `most` streams may be open at once in one process."""
    app.extensions[Live.KEY] = Live(app, most)
    subscribe(app, Changed, _notify, in_transaction=True)
    subscribe(app, Changed, _tell)


def live_of(app: Flask) -> Live:
    live: Live = app.extensions[Live.KEY]
    return live


def source(
    app: Flask, word: str, *, render: Render, arrived: Presence | None = None, left: Presence | None = None
) -> None:
    """Register what the channels "<word>:…" show.

    Args:
        app: the app of the feature.
        word: begins the names of its channels, before the colon.
        render: with channel, variant and the last number a listener has, returns what such a listener needs to be up to
            date, None when they are. It is called once for all of them, and knows nothing else of them: what one
            may see and another may not is another variant.
        arrived: with channel and `who`, when somebody's first stream opens in this process.
        left: with the same, when the last one has been closed for ten seconds.
    """
    live_of(app).sources[word] = Source(render, arrived, left)


def every(app: Flask, seconds: float, function: Callable[[], object]) -> None:
    """Call `function` every so often in the web process, in an app context, one call at a time.

    Several web processes each call it.
    """
    live_of(app).timers.append((seconds, function))


def changed(channel: str, number: int) -> None:
    """Tell everybody who listens that a channel has a new number: with the commit of the open transaction, else now.

    Numbers of one channel rise in the order of their commits.
    """
    with nullcontext() if in_transaction() else transaction():
        publish(Changed(channel, number))


def turned(channel: str) -> None:
    """Let a channel be rendered anew for all who listen in this process: what it shows beside its events is another."""
    for hear in live_of(current_app).turned:
        hear(channel)


def listen(*, channel: str, variant: str, after: int = 0, who: str = "", counted_as: str = "") -> Response:
    """Answer a view's request: a stream where one is asked for and possible, else what there is by now.

    Both have the same bytes. A stream lasts while the view, asked again every minute, gives the same answer.

    Args:
        channel: whose source is registered.
        variant: all that decides what this listener may see and how, e.g. "de:member".
        after: the last number the page has; what the browser says (`Last-Event-ID`) comes first.
        who: an opaque id of the person, for `arrived` and `left` and for the number of their streams.
        counted_as: whose streams these are where nobody's presence is meant, e.g. a screen on a wall.

    Raises:
        TooManyStreams: when this person, or everybody, has too many.
    """
    counted_as = who or counted_as or f"{ADDRESS} {request.remote_addr}"
    wanted = Wanted(channel, variant, _last_seen(after), who, counted_as)
    opening: Opening = request.environ.get(OPENING) or Opening()
    opening.wanted = wanted
    asked = request.method == "GET" and STREAM_TYPE in request.headers.get("Accept", "")
    opening.stays = asked and OPENING in request.environ
    if not opening.stays:
        change = live_of(current_app).render(channel, variant, wanted.after)
        return _answer(first_bytes() + (change.encode() if change else b""))
    if not opening.again:
        live_of(current_app).admit(wanted)
        opening.admitted = True
    return _answer(b"")


def _last_seen(after: int) -> int:
    said = request.headers.get("Last-Event-ID", "")
    number = int(said) if said.isascii() and said.isdigit() and len(said) < MOST_DIGITS else after
    return min(max(number, 0), MOST_NUMBER)


def _answer(body: bytes) -> Response:
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Response(body, headers=headers, content_type=f"{STREAM_TYPE}; charset=utf-8")


def _notify(change: Changed) -> None:
    """Tell the other processes, with the commit; SQLite has no way to, they look by themselves."""
    if not is_sqlite(current_app.config["SQLALCHEMY_DATABASE_URI"]):
        values: dict[str, Any] = {"notices": NOTICES, "said": f"{change.number} {change.channel}"}
        db.session.execute(text("SELECT pg_notify(:notices, :said)"), values)


def _tell(change: Changed) -> None:
    for hear in live_of(current_app).heard:
        hear(change.channel, change.number)
