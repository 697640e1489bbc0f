# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The city's own provider says that somebody's session is over."""

import json
import logging
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, request
from joserfc import jws
from joserfc.errors import JoseError

from cop.accounts import services
from cop.accounts.logout_tokens import LoggedOut, LogoutRefused
from cop.accounts.oidc import Provider
from cop.base.db import db, transaction
from cop.base.errors import Problem
from cop.base.web import peer

endpoint = Blueprint("logout", __name__)
log = logging.getLogger(__name__)
LONGEST_TOKEN = 8192


@endpoint.post("/logout/back-channel")
@peer
def end_sessions() -> Response:
    """End the sessions that a logout token names."""
    return take_logout(_read, services.end_sessions_at)


def take_logout(read: Callable[[str], LoggedOut], end: Callable[[LoggedOut], int]) -> Response:
    """Take a logout token that was sent; what it says once holds once.

    Args:
        read: checks a token; no transaction is open.
        end: ends what it names, and returns how many there were.
    """
    try:
        told = read(_logout_token())
        with transaction():
            if not services.spend_token(told.issuer, told.jti, until=told.until):
                raise LogoutRefused("replayed")
            ended = end(told)
    except Problem as problem:
        return _refused(problem)
    log.info("back-channel logout of %s: %d sessions ended", told.issuer, ended)
    return Response(status=200)


def _logout_token() -> str:
    """Return what was sent.

    Raises:
        LogoutRefused: when it is no form with one token.
    """
    sent = request.form.getlist("logout_token")
    if len(sent) != 1 or len(sent[0]) > LONGEST_TOKEN or not sent[0].isascii():
        raise LogoutRefused("form")
    return sent[0]


def _refused(problem: Problem) -> Response:
    """Say no as the specification has it, and why in the log only (section 2.8)."""
    reason = problem.reason if isinstance(problem, LogoutRefused) else problem.code
    log.warning("logout token refused: %s", reason)
    if problem.status >= 500:  # noqa: PLR2004  our side, or the keys can't be had: it may be sent again
        return _json({"error": "temporarily_unavailable"}, problem.status)
    return _json({"error": "invalid_request"}, 400)


def _read(token: str) -> LoggedOut:
    provider = _providers().get(_issuer(token))
    if provider is None:
        raise LogoutRefused("iss")
    db.session.rollback()  # nothing stays open while the provider's keys are fetched
    return provider.read_logout_token(token)


def _issuer(token: str) -> str:
    """Return who a token says it is from, unproved: by whose keys it is to be checked."""
    try:
        claims = json.loads(jws.extract_compact(token.encode()).payload)
    except (JoseError, ValueError, RecursionError) as error:
        raise LogoutRefused("token") from error
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    return issuer if isinstance(issuer, str) else ""


def _json(said: dict[str, Any], status: int) -> Response:
    return Response(json.dumps(said), status, content_type="application/json")


def _providers() -> dict[str, Provider]:
    providers: dict[str, Provider] = current_app.extensions["cop.providers"]
    return providers
