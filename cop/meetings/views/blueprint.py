# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The blueprint, and the way back to where a form was sent from."""

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from cop.accounts.rules import safe_path
from cop.base.instance import this_city

Answer = str | Response | tuple[str, int]
pages = Blueprint("meetings", __name__, template_folder="../templates")


def back_to(default: str, *, anchor: str = "") -> Response:
    """Go back to the page of ours a form was sent from, else to `default`; with its anchor, so that nothing jumps."""
    came_from = request.referrer or ""
    path = came_from.removeprefix(this_city().origin) if came_from.startswith(f"{this_city().origin}/") else ""
    path = path.partition("#")[0]
    kept = path if path and safe_path(path) == path and path != "/" else default
    return redirect(f"{kept}#{anchor}" if anchor else kept, code=303)
