# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What programs of partner cities ask in matters of visits; who asks is proved by what they send."""

from typing import Any

from flask import Blueprint, Response, current_app, jsonify
from werkzeug.wrappers import Response as BaseResponse

from cop.accounts.logout_tokens import TYPE, LoggedOut, LogoutRefused, logged_out
from cop.accounts.logout_views import take_logout
from cop.base.clock import now
from cop.base.db import transaction
from cop.base.instance import this_city
from cop.base.web import peer, public
from cop.visits import services, tokens
from cop.visits.provider import metadata
from cop.visits.rules import BACK_CHANNEL, DISCOVERY, KEYS, TOKEN

endpoints = Blueprint("provider", __name__)


@endpoints.get(DISCOVERY)
@public
def show_configuration() -> Response:
    """Say where everything is (OpenID Connect Discovery 1.0)."""
    return jsonify(metadata())


@endpoints.get(KEYS)
@public
def show_keys() -> Response:
    """Publish the public halves of our keys for visits; partners pinned them and don't look here."""
    return jsonify(tokens.key_set())


@endpoints.post(TOKEN)
@peer
def exchange_code() -> BaseResponse:
    """Say who comes, to the city that brings the code and proves itself."""
    server: Any = current_app.extensions["cop.visits.server"]
    with transaction():
        answer: BaseResponse = server.create_token_response()
    return answer


@endpoints.post(BACK_CHANNEL)
@peer
def end_guests() -> Response:
    """End visits here whose city says that they are over: also of a city that is no partner any more."""
    return take_logout(_read, services.end_guests_of)


def _read(text: str) -> LoggedOut:
    try:
        proved = tokens.read(text, typ=TYPE)
    except tokens.TokenRefused as problem:
        raise LogoutRefused(problem.reason) from problem
    token = proved.token
    return logged_out(token.claims, token.header, issuer=proved.city, audience=this_city().origin, at=now())
