# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Build the provider and run it."""

import socket
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from cop.devidp.provider import Provider
from cop.devidp.realms import Realm
from cop.devidp.views import controls, pages

LOOPBACK = "127.0.0.1"


def create_devidp(realms: Iterable[Realm], *, base: str, development: bool, test_controls: bool = False) -> Flask:
    """Build the provider's app.

    Args:
        realms: one for each issuer; their `issuer` is set here to `base` + "/" + slug.
        base: the address of the process, `http://127.0.0.1:<port>`.
        development: the development switch; nothing is built without it.
        test_controls: add `POST /<slug>/control`, by which tests switch faults on.

    Raises:
        RuntimeError: outside development, or when the address is not loopback.
    """
    if not development:
        raise RuntimeError("The development OpenID provider runs in development only.")
    if urlsplit(base).hostname != LOOPBACK:
        raise RuntimeError(f"The development OpenID provider listens on {LOOPBACK} only, not on {base}.")
    app = Flask("cop.devidp", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    app.extensions["devidp"] = _providers(realms, base)
    app.before_request(lambda: _refuse_strangers(urlsplit(base).netloc))
    app.after_request(lambda answer: _protect(answer, _sites(app.extensions["devidp"])))
    app.register_blueprint(pages)
    if test_controls:
        app.register_blueprint(controls)
    return app


def _providers(realms: Iterable[Realm], base: str) -> dict[str, Provider]:
    providers = {}
    for realm in realms:
        realm.issuer = f"{base}/{realm.slug}"
        providers[realm.slug] = Provider(realm)
    return providers


def _refuse_strangers(netloc: str) -> None:
    """Answer this machine only, and only by our own name (a page elsewhere could point its name here)."""
    if request.remote_addr != LOOPBACK or request.host != netloc:
        abort(403)


def _sites(providers: Mapping[str, Provider]) -> str:
    """List where the forms may lead: browsers hold a redirect after a form against `form-action` too."""
    addresses = {
        "{0.scheme}://{0.netloc}".format(urlsplit(uri))
        for provider in providers.values()
        for client in provider.realm.clients
        for uri in client.redirect_uris
    }
    return " ".join(["'self'", *sorted(addresses)])


def _protect(answer: Response, sites: str) -> Response:
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; form-action {sites}; base-uri 'none'; frame-ancestors 'none'"
    )
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


class _Quiet(WSGIRequestHandler):
    """No line for each request: the demo's screen belongs to the demo."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@dataclass
class RunningDevidp:
    """A provider that is listening, in a thread of its own."""

    base: str
    realms: Mapping[str, Realm]
    _server: BaseWSGIServer
    _thread: threading.Thread

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._thread.join(timeout=5)
        self._server.server_close()

    def wait(self) -> None:
        """Stay until somebody closes it."""
        self._thread.join()


def start_devidp(
    realms: Sequence[Realm], *, port: int = 0, development: bool, test_controls: bool = False
) -> RunningDevidp:
    """Listen on loopback, on a free port unless one is given."""
    listener = socket.create_server((LOOPBACK, port))
    base = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
    app = create_devidp(realms, base=base, development=development, test_controls=test_controls)
    server = make_server(LOOPBACK, 0, app, threaded=True, request_handler=_Quiet, fd=listener.detach())
    thread = threading.Thread(target=server.serve_forever, name="devidp", daemon=True)
    thread.start()
    return RunningDevidp(base, {realm.slug: realm for realm in realms}, server, thread)
