# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""How programs of strangers find this city's actor, and learn what it runs."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from cop.base.instance import this_city
from cop.base.web import public
from cop.sharing.readable import software
from cop.sharing.rules import username
from federation import strict_json
from federation.discovery import (
    JRD,
    NODEINFO,
    NODEINFO_LINKS,
    NODEINFO_TYPE,
    WEBFINGER,
    nodeinfo,
    nodeinfo_links,
    webfinger,
)
from federation.errors import Refused
from federation.origins import Origin

found = Blueprint("discovery", __name__)


@found.get(WEBFINGER)
@public
def show_webfinger() -> Response:
    """Describe the city's actor."""
    resources = request.args.getlist("resource")
    if len(resources) != 1:
        return _problem(Refused("resource", "one resource is asked for at a time", 400))
    city = this_city()
    described = webfinger(resources[0], origin=Origin(city.origin), username=username(city.short))
    return _problem(Refused("not_found", "not here", 404)) if described is None else _document(described, JRD)


@found.get(NODEINFO_LINKS)
@public
def show_nodeinfo_links() -> Response:
    """Say where NodeInfo is."""
    return _document(nodeinfo_links(Origin(this_city().origin)), JRD)


@found.get(NODEINFO)
@public
def show_nodeinfo() -> Response:
    """Say what this city runs."""
    return _document(nodeinfo(software()), NODEINFO_TYPE)


def _document(document: Mapping[str, Any], content_type: str, status: int = 200) -> Response:
    """Answer with a document that scripts of any site may read (RFC 7033, section 5)."""
    response = Response(strict_json.dumps(document), status, content_type=content_type)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _problem(refusal: Refused) -> Response:
    return _document(refusal.problem, "application/problem+json", refusal.status)
