# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What each answer has: a declared policy, headers, error pages."""

import logging
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID, uuid4

from flask import Flask, Response, current_app, redirect, render_template, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response as BaseResponse

from cop.base.errors import Problem
from cop.base.i18n import N_, translated

View = TypeVar("View", bound=Callable[..., Any])
log = logging.getLogger(__name__)

NOBODY = "'none'"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}
#: who met a database that failed may come back
RETRY_AFTER_S = 60
SENTENCES = {
    400: N_("That didn't work. What you typed is still here."),
    401: N_("Please sign in first."),
    403: N_("This page is not for you."),
    404: N_("This page does not exist."),
    405: N_("This page does not exist."),
    413: N_("That is too large."),
    429: N_("That was too often. Please wait a minute."),
}


class Policy(StrEnum):
    """Who may call a route; the finer right is the `Membership` its view asks for."""

    PUBLIC = "public"
    SIGNED_IN = "signed in"
    MEMBER = "member"
    COORDINATOR = "coordinator"
    ADMIN = "admin"
    PEER = "peer"


def _declares(policy: Policy) -> Callable[[View], View]:
    def declare(view: View) -> View:
        view.policy = policy  # type: ignore[attr-defined]
        return view

    return declare


public = _declares(Policy.PUBLIC)
signed_in = _declares(Policy.SIGNED_IN)
member = _declares(Policy.MEMBER)
coordinator = _declares(Policy.COORDINATOR)
admin = _declares(Policy.ADMIN)
peer = _declares(Policy.PEER)


def open_to_visitors(community_of: Callable[..., UUID | None]) -> Callable[[View], View]:
    """Let visitors from partner cities call a route, too: where it is about their community.

    Args:
        community_of: with the route's parameters, which community it is about; None where no visitor may look.
    """

    def declare(view: View) -> View:
        view.community_of = community_of  # type: ignore[attr-defined]
        return view

    return declare


def visited_community(app: Flask, endpoint: str) -> Callable[..., UUID | None] | None:
    """Return how a route that is open to visitors says which community it is about; None for all others."""
    return getattr(app.view_functions[endpoint], "community_of", None)


def policy_of(app: Flask, endpoint: str) -> Policy | None:
    """Return what a route declares; None for a route that forgot it."""
    if endpoint.rpartition(".")[2] == "static":
        return Policy.PUBLIC
    return getattr(app.view_functions[endpoint], "policy", None)


def init_web(app: Flask) -> None:
    app.after_request(_add_headers)
    app.register_error_handler(Problem, _show_problem)
    app.register_error_handler(HTTPException, _show_http_error)
    app.register_error_handler(OperationalError, _show_unavailable)
    app.register_error_handler(Exception, _show_failure)


def check_policies(app: Flask) -> None:
    """Refuse to start with a route that declares no policy."""
    missing = [rule.endpoint for rule in app.url_map.iter_rules() if policy_of(app, rule.endpoint) is None]
    if missing:
        raise RuntimeError(f"routes without a policy: {', '.join(sorted(missing))}")


def _add_headers(response: Response) -> Response:
    wanted = dict(HEADERS)
    if request.endpoint is not None and not request.endpoint.endswith("static"):
        wanted["Cache-Control"] = "no-store"
    if not current_app.extensions["cop.development"]:
        wanted["Strict-Transport-Security"] = "max-age=31536000"
    if f"frame-ancestors {NOBODY}" not in response.headers.get("Content-Security-Policy", f"frame-ancestors {NOBODY}"):
        del wanted["X-Frame-Options"]  # it knows no list
    given = {name.lower() for name, _ in response.headers}
    response.headers.extend({name: value for name, value in wanted.items() if name.lower() not in given})
    return response


def frameable(response: Response, origins: str) -> Response:
    """Let pages of these origins, blanks between them, show an answer in a frame; without any nobody may."""
    policy = HEADERS["Content-Security-Policy"].replace(
        f"frame-ancestors {NOBODY}", f"frame-ancestors {origins or NOBODY}"
    )
    response.headers["Content-Security-Policy"] = policy
    return response


def add_former(app: Flask, look: Callable[[str], str | None]) -> None:
    """Add somebody who may know what stood where nothing is any more: path -> the page that tells, or None."""
    app.extensions.setdefault("cop.former", []).append(look)


def _show_problem(problem: Problem) -> BaseResponse | tuple[str, int]:
    if problem.status == 404 and request.method == "GET":  # noqa: PLR2004
        for look in current_app.extensions.get("cop.former", ()):
            if page := look(request.path):
                return redirect(page)
    sentence = translated(problem.sentence or SENTENCES[problem.status], problem.values)
    return error_page(problem.status, sentence)


def _show_http_error(error: HTTPException) -> Response | tuple[str, int]:
    if isinstance(error, SecurityError):  # another host's name: no address can be built, so no page either
        return Response("This is not the address of this site.\n", 400, content_type="text/plain; charset=utf-8")
    status = error.code or 500
    if error.response is not None or status < 400:  # noqa: PLR2004  a redirect is an HTTPException too
        return Response(error.get_response().get_data(), status, dict(error.get_headers()))
    return error_page(status, translated(SENTENCES.get(status, SENTENCES[400])))


def _show_failure(error: Exception) -> tuple[str, int]:
    number = uuid4().hex[:8]
    log.error("failure %s", number, exc_info=error)
    return error_page(500, translated(N_("Something broke here. Nothing you saved is lost.")), number=number)


def _show_unavailable(error: OperationalError) -> Response:
    """Say that the database is locked, full or gone: nothing was stored, and later it may be."""
    log.error("the database failed", exc_info=error)
    sentence = translated(N_("The database can't be reached or written at the moment. Please try again in a minute."))
    try:
        page, content_type = error_page(503, sentence)[0], "text/html; charset=utf-8"
    except OperationalError:  # the page asks it, too
        page, content_type = f"{sentence}\n", "text/plain; charset=utf-8"
    return Response(page, 503, {"Retry-After": str(RETRY_AFTER_S)}, content_type=content_type)


def error_page(
    status: int, sentence: str, *, number: str | None = None, way: tuple[str, str] | None = None
) -> tuple[str, int]:
    """Say what happened, why, and one way on: its label and address; else to the start page."""
    return render_template("base/error.html", status=status, sentence=sentence, number=number, way=way), status
