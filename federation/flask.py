# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The endpoints as a Flask blueprint: thin, everything is decided in the core."""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import NamedTuple, Protocol
from urllib.parse import quote

import flask

from federation.activities import JSON
from federation.digests import DIGEST, Digests
from federation.errors import Refused, bad
from federation.feed import CHANGES, SNAPSHOT, Pages
from federation.inbox import MEDIA_TYPE, Inbox
from federation.origins import Origin
from federation.peering import Peering
from federation.ports import Answer, Peer, Request
from federation.strict_json import MAX_BODY, dumps


class Said(NamedTuple):
    """An answer, and whether the city that asked was proved by a pinned key: only then is it signed."""

    answer: Answer
    proved: bool = False


View = Callable[..., flask.typing.ResponseReturnValue]
#: An endpoint: what it answers to whom.
Endpoint = Callable[[Request], Said]
#: Adds an endpoint under a rule, for a method.
Route = Callable[[str, str], Callable[[Endpoint], None]]
#: Signs the answer to a request (`sign_answer` with our key, now).
Sign = Callable[[Answer, Request], Answer]
_OBJECT_TYPES = (MEDIA_TYPE, "application/ld+json", "application/json")
_VARY = "Accept, Signature-Input"


class Documents(Protocol):
    """What this city shows about itself and its objects."""

    def actor(self) -> JSON:
        """Describe the city with its public keys (`City.document`)."""

    def find(self, path: str, *, peer: Peer | None) -> JSON | None:
        """Find the document whose id has this path, if this peer (None: anybody) may see it; a Tombstone if deleted."""

    def page(self, path: str) -> str | None:
        """Name the page for people about it, a path on this origin."""


def create_blueprint(
    *,
    origin: Origin,
    inbox: Inbox,
    peering: Peering,
    documents: Documents,
    feed: Pages,
    digests: Digests,
    sign: Sign,
    policy: Callable[[View], View] = lambda view: view,
) -> flask.Blueprint:
    """Make the endpoints of one city.

    Args:
        origin: ours, as configured; request URLs are built from it, never from headers.
        inbox: where activities go.
        peering: where peering offers go.
        documents: what can be read.
        feed: what peers read page by page.
        digests: what peers compare their copies with.
        sign: signs what is answered to a peer.
        policy: marks each view as open to peers, in the host's way.
    """
    blueprint = flask.Blueprint("federation", __name__)

    def route(rule: str, method: str) -> Callable[[Endpoint], None]:
        def register(endpoint: Endpoint) -> None:
            view = policy(_answering(endpoint, origin, sign))
            blueprint.add_url_rule(rule, endpoint.__name__, view, methods=[method])

        return register

    @route("/inbox", "POST")
    def receive(request: Request) -> Said:
        inbox.receive(request)
        return Said(Answer(202, {"content-type": MEDIA_TYPE}), proved=True)

    @route("/peering", "POST")
    def receive_offer(request: Request) -> Said:
        peering.receive(request)
        return Said(Answer(202, {"content-type": MEDIA_TYPE}), proved=True)

    @route("/actor", "GET")
    def show_actor(_: Request) -> Said:
        return Said(_document(documents.actor()))

    _add_reading(route, inbox, documents)
    _add_pages(route, inbox, feed, digests)
    return blueprint


def _add_reading(route: Route, inbox: Inbox, documents: Documents) -> None:
    """Add what can be read one by one."""

    @route("/o/<uuid:name>", "GET")
    def show_object(request: Request) -> Said:
        return _show(request, inbox, documents)

    @route("/m/<uuid:name>", "GET")
    def show_person(request: Request) -> Said:
        return _show(request, inbox, documents)


def _add_pages(route: Route, inbox: Inbox, feed: Pages, digests: Digests) -> None:
    """Add what peers read page by page."""

    @route(CHANGES, "GET")
    def show_changes(request: Request) -> Said:
        return _page(request, inbox, feed.changes)

    @route(SNAPSHOT, "GET")
    def show_snapshot(request: Request) -> Said:
        return _page(request, inbox, feed.snapshot)

    @route(DIGEST, "GET")
    def show_digest(request: Request) -> Said:
        return _page(request, inbox, digests.answer)


def _page(request: Request, inbox: Inbox, read: Callable[[Peer, Mapping[str, str]], JSON]) -> Said:
    """Answer a peer that reads."""
    peer = inbox.verify_get(request)
    try:
        return Said(_document(read(peer, flask.request.args)), proved=True)
    except Refused as refusal:
        refusal.proved = True
        raise


def _show(request: Request, inbox: Inbox, documents: Documents) -> Said:
    """Answer with the document for programs and with the page for people."""
    path = flask.request.path
    if flask.request.accept_mimetypes.best_match(("text/html", *_OBJECT_TYPES), "text/html") == "text/html":
        page = documents.page(path)
        return flask.abort(404) if page is None else Said(Answer(303, {"location": page, "vary": _VARY}))
    peer = inbox.verify_get(request) if "signature-input" in request.headers else None
    document = documents.find(path, peer=peer)
    if document is None:
        refusal = Refused("not_found", "not here, or not for this reader", 404)
        refusal.proved = peer is not None
        raise refusal
    return Said(_document(document, 410 if document.get("type") == "Tombstone" else 200), proved=peer is not None)


def _document(document: JSON, status: int = 200) -> Answer:
    return Answer(status, {"content-type": MEDIA_TYPE, "vary": _VARY}, dumps(document))


def _problem(refusal: Refused) -> Answer:
    """Answer a refusal with a problem document (RFC 9457)."""
    headers = {"content-type": "application/problem+json"}
    if refusal.retry_after is not None:
        headers["retry-after"] = str(refusal.retry_after)
    return Answer(refusal.status, headers, json.dumps(refusal.problem).encode())


def _answering(endpoint: Endpoint, origin: Origin, sign: Sign) -> View:
    """Make an endpoint a view: read the request, answer refusals too, sign for who is proved."""

    @wraps(endpoint)
    def answer(**_: object) -> flask.Response:
        try:
            request = _read_request(origin)
        except Refused as refusal:
            return _respond(_problem(refusal))
        try:
            said = endpoint(request)
        except Refused as refusal:
            said = Said(_problem(refusal), refusal.proved)
        return _respond(sign(said.answer, request) if said.proved else said.answer)

    return answer


def _respond(answer: Answer) -> flask.Response:
    return flask.Response(answer.body, answer.status, answer.headers)


def _read_request(origin: Origin) -> Request:
    """Read the request as it was signed: our origin, the path and query as they came, the body up to the limit."""
    incoming = flask.request
    if "transfer-encoding" in incoming.headers and "content-length" in incoming.headers:
        raise bad("framing", "two ways to say how long the body is")
    if (incoming.content_length or 0) > MAX_BODY:
        raise bad("size", "more than 1 MiB", 413)
    incoming.max_content_length = MAX_BODY + 1  # werkzeug cuts an endless body there; one byte too many shows it
    body = incoming.get_data(cache=False)
    query = incoming.query_string.decode("latin-1")
    # as it was asked for: `path` has one slash in front, however many there were
    path = quote(incoming.environ["PATH_INFO"].encode("latin-1"))
    url = f"{origin}{path}{'?' if query else ''}{query}"
    headers = {name.lower(): value for name, value in incoming.headers}
    return Request(incoming.method, url, headers, body, incoming.remote_addr or "")
