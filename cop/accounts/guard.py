# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What every request passes: its form's token, and the policy its route declares."""

import hashlib
from urllib.parse import quote

from flask import Flask, current_app, g, redirect, request, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from cop.accounts.rules import LONGEST, safe_path
from cop.accounts.session import browser_id, cookie_name, current_account, require_account, require_admin
from cop.accounts.visitor import COOKIE, NotForVisitors, Visitor, current_visitor
from cop.base.errors import Forbidden
from cop.base.forms import TOKEN
from cop.base.i18n import N_
from cop.base.instance import this_city
from cop.base.web import Policy, policy_of, visited_community

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
HEADER = "X-CSRF-Token"


class FormTooOld(Forbidden):
    """A form came without its token: it is too old, or it is from elsewhere."""

    code = "form-too-old"


def init_guard(app: Flask) -> None:
    app.before_request(_refuse_foreign_forms)
    app.before_request(_keep_to_the_policy)
    app.jinja_env.globals["csrf_token"] = csrf_token


def csrf_token() -> str:
    """Return what each form of this browser carries: bound to its session, or to the browser before signing in."""
    if "cop_csrf" not in g:  # a page has many forms
        g.cop_csrf = str(_serializer().dumps(_bound_to()))
    token: str = g.cop_csrf
    return token


def _refuse_foreign_forms() -> None:
    """Take a form only from our own pages.

    Raises:
        FormTooOld: without the token of this session, or when the browser names another origin.
    """
    if request.method in SAFE or request.endpoint is None or _policy() is Policy.PEER:
        return
    origin = request.headers.get("Origin")
    foreign = origin is not None and origin != this_city().origin
    if foreign or request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise FormTooOld(N_("This form came from another site. Please open the page here and send it again."))
    sent = request.form.get(TOKEN) or request.headers.get(HEADER) or ""
    try:
        bound_to = _serializer().loads(sent, max_age=int(LONGEST.total_seconds()))
    except BadSignature:
        bound_to = None
    if bound_to != _bound_to():
        raise FormTooOld(
            N_("This page was open for too long. Go back, copy what you wrote, load the page anew and send it again.")
        )


def _keep_to_the_policy() -> Response | None:
    """Ask for the sign-in that a route declares; what a member may do, its view decides.

    Raises:
        SignInNeeded: when a form is sent without a session.
        Forbidden: when somebody is no administrator.
        NotForVisitors: when a visitor leaves their community.
    """
    policy = _policy()
    if policy in {None, Policy.PUBLIC, Policy.PEER}:
        return None
    visitor = current_visitor()
    if visitor is not None:
        _keep_inside(visitor)
        return None
    if current_account() is None and request.method == "GET":
        return _to_sign_in()
    if policy is Policy.ADMIN:
        require_admin()
    require_account()
    return None


def _keep_inside(visitor: Visitor) -> None:
    """Let a visitor call what is open to visitors, about their own community; nothing else.

    Raises:
        NotForVisitors: for all else.
    """
    about = visited_community(current_app, request.endpoint or "")
    if about is None or about(**(request.view_args or {})) != visitor.community_id:
        raise NotForVisitors(visitor)


def _to_sign_in() -> Response:
    query = request.query_string.decode("ascii", "ignore")
    wanted = safe_path(f"{quote(request.path)}{'?' if query else ''}{query}")
    address = url_for("accounts.sign_in", next=None if wanted == "/" else wanted)
    if "HX-Request" in request.headers:  # a partial must not show a whole sign-in page
        return Response(status=401, headers={"HX-Redirect": address})
    return redirect(address)


def _policy() -> Policy | None:
    return policy_of(current_app, request.endpoint) if request.endpoint else None


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="cop.csrf")


def _bound_to() -> str:
    if current_account() is not None:
        holder = request.cookies.get(cookie_name("session"), "")
    elif current_visitor() is not None:
        holder = request.cookies.get(cookie_name(COOKIE), "")
    else:
        holder = browser_id()
    return hashlib.sha256(holder.encode()).hexdigest()
