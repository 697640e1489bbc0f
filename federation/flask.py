# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The endpoints as a Flask blueprint: thin, everything is decided in the core."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Protocol
from urllib.parse import quote

import flask

from federation.activities import JSON
from federation.errors import Refused, bad
from federation.inbox import MEDIA_TYPE, Inbox
from federation.origins import Origin
from federation.peering import Peering
from federation.ports import Peer, Request
from federation.strict_json import MAX_BODY, dumps

View = Callable[..., flask.typing.ResponseReturnValue]
_OBJECT_TYPES = (MEDIA_TYPE, "application/ld+json", "application/json")


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
    policy: Callable[[View], View] = lambda view: view,
) -> flask.Blueprint:
    """Make the endpoints of one city.

    Args:
        origin: ours, as configured; request URLs are built from it, never from headers.
        inbox: where activities go.
        peering: where peering offers go.
        documents: what can be read.
        policy: marks each view as open to peers, in the host's way.
    """
    blueprint = flask.Blueprint("federation", __name__)

    def route(rule: str, method: str) -> Callable[[View], None]:
        def register(view: View) -> None:
            blueprint.add_url_rule(rule, view.__name__, policy(_answering_problems(view)), methods=[method])

        return register

    @route("/inbox", "POST")
    def receive() -> flask.typing.ResponseReturnValue:
        inbox.receive(_read_request(origin))
        return "", 202

    @route("/peering", "POST")
    def receive_offer() -> flask.typing.ResponseReturnValue:
        peering.receive(_read_request(origin))
        return "", 202

    @route("/actor", "GET")
    def show_actor() -> flask.typing.ResponseReturnValue:
        return _document(documents.actor())

    @route("/o/<uuid:name>", "GET")
    def show_object(name: object) -> flask.typing.ResponseReturnValue:
        return _show(origin, inbox, documents)

    @route("/m/<uuid:name>", "GET")
    def show_person(name: object) -> flask.typing.ResponseReturnValue:
        return _show(origin, inbox, documents)

    return blueprint


def _show(origin: Origin, inbox: Inbox, documents: Documents) -> flask.typing.ResponseReturnValue:
    """Answer with the document for programs and with the page for people."""
    path = flask.request.path
    if flask.request.accept_mimetypes.best_match(("text/html", *_OBJECT_TYPES), "text/html") == "text/html":
        page = documents.page(path)
        return flask.abort(404) if page is None else flask.redirect(page, 303)
    peer = inbox.verify_get(_read_request(origin)) if "signature-input" in flask.request.headers else None
    document = documents.find(path, peer=peer)
    if document is None:
        raise Refused("not_found", "not here, or not for this reader", 404)
    return _document(document, 410 if document.get("type") == "Tombstone" else 200)


def _document(document: JSON, status: int = 200) -> flask.Response:
    response = flask.Response(dumps(document), status, content_type=MEDIA_TYPE)
    response.headers["Vary"] = "Accept, Signature-Input"
    return response


def _answering_problems(view: View) -> View:
    """Answer refusals with a problem document (RFC 9457)."""

    @wraps(view)
    def answer(**values: object) -> flask.typing.ResponseReturnValue:
        try:
            return view(**values)
        except Refused as refusal:
            body = json.dumps(refusal.problem)
            response = flask.Response(body, refusal.status, content_type="application/problem+json")
            if refusal.retry_after is not None:
                response.headers["Retry-After"] = str(refusal.retry_after)
            return response

    return answer


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
    url = f"{origin}{quote(incoming.path)}{'?' if query else ''}{query}"
    headers = {name.lower(): value for name, value in incoming.headers}
    return Request(incoming.method, url, headers, body, incoming.remote_addr or "")
