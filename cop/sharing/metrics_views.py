# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The address that a monitoring program asks."""

from hmac import compare_digest

from flask import Blueprint, Response, current_app, request

from cop.base.errors import Forbidden, NotFound
from cop.base.i18n import N_
from cop.base.web import public
from cop.settings import Settings
from cop.sharing.metrics import CONTENT_TYPE, exposition

pages = Blueprint("metrics", __name__)


@pages.get("/metrics")
@public
def show() -> Response:
    """Answer with the numbers to who has the token of the settings; without one there is nothing here.

    Raises:
        NotFound: when no token is set.
        Forbidden: when another one is sent, or none.
    """
    settings: Settings = current_app.extensions["cop.settings"]
    if not settings.metrics_token:
        raise NotFound(N_("This page does not exist."))
    if not compare_digest(
        request.headers.get("Authorization", "").encode(), f"Bearer {settings.metrics_token}".encode()
    ):
        raise Forbidden
    return Response(exposition(), content_type=CONTENT_TYPE)
