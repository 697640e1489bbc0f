# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Sessions in a table: the cookie holds a random id, the table its keyed hash."""

import hashlib
import hmac
from datetime import datetime
from secrets import token_urlsafe
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask, Request, current_app, g, has_request_context, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from werkzeug.wrappers import Response

from cop.accounts import services
from cop.accounts.models import BrowserSession, LoginSession
from cop.accounts.queries import CurrentAccount, session_by_hash
from cop.accounts.rules import COARSE, LONGEST, coarse, device_of
from cop.base.clock import now
from cop.base.db import in_transaction, transaction
from cop.base.errors import Forbidden, SignInNeeded
from cop.base.i18n import LOCALES, locale_of_browser
from cop.base.instance import in_development, this_city
from cop.base.web import Policy, policy_of

YEAR = 365 * 24 * 3600
LONGEST_COOKIE = 100


def current_account() -> CurrentAccount | None:
    """Return who is signed in, as a frozen value; None for nobody."""
    if not has_request_context():
        return None
    if "cop_account" not in g:
        g.cop_account = _look_up(request.cookies.get(cookie_name("session"), ""))
    account: CurrentAccount | None = g.cop_account
    return account


def require_account() -> CurrentAccount:
    """Return who is signed in.

    Raises:
        SignInNeeded: when nobody is.
    """
    account = current_account()
    if account is None:
        raise SignInNeeded
    return account


def require_admin() -> CurrentAccount:
    """Return who is signed in, if they may administer this city.

    Raises:
        SignInNeeded: when nobody is signed in.
        Forbidden: when they are no administrator.
    """
    account = require_account()
    if not account.admin:
        raise Forbidden
    return account


def cookie_name(what: str) -> str:
    """Name a cookie so that two cities on one machine don't overwrite each other's: cookies ignore ports."""
    if in_development():
        return f"reihum-{urlsplit(this_city().origin).port}-{what}"
    return f"__Host-reihum-{what}"


def keyed_hash(secret: str) -> str:
    """Hash what a browser holds, with the secret key: rotating the key ends every session."""
    key = f"{current_app.secret_key!s} session".encode()
    return hmac.digest(key, secret.encode(errors="replace"), hashlib.sha256).hex()


def begin_session(account_id: UUID, *, id_token: str, sid: str = "") -> str:
    """Open a session under a new id, in place of the browser's present one; return what the cookie holds."""
    old = request.cookies.get(cookie_name("session"), "")
    if old:
        services.end_session_by_hash(keyed_hash(old))
    token = token_urlsafe(32)
    services.open_session(
        account_id,
        token_hash=keyed_hash(token),
        device=device_of(request.headers.get("User-Agent", "")),
        id_token=id_token,
        sid=sid,
    )
    return token


def browser_id() -> str:
    """Return the random id of this browser, made on first need; sign-ins and anonymous forms are bound to it."""
    if "cop_browser" not in g:
        sent = request.cookies.get(cookie_name("browser"), "")
        g.cop_browser_is_new = not 40 <= len(sent) <= LONGEST_COOKIE  # noqa: PLR2004  32 bytes in base64
        g.cop_browser = token_urlsafe(32) if g.cop_browser_is_new else sent
    browser: str = g.cop_browser
    return browser


def set_cookie(answer: Response, what: str, value: str, *, max_age: int) -> None:
    """Set a cookie that scripts can't read and other sites don't send along."""
    answer.set_cookie(
        cookie_name(what),
        value,
        max_age=max_age,
        path="/",
        secure=not in_development(),
        httponly=True,
        samesite="Lax",
    )


def start_session_cookie(answer: Response, token: str) -> None:
    """Hand the browser its session; the browser id starts anew with it."""
    set_cookie(answer, "session", token, max_age=int(LONGEST.total_seconds()))
    drop_cookie(answer, "browser")


def drop_cookie(answer: Response, what: str) -> None:
    """Take a cookie back."""
    set_cookie(answer, what, "", max_age=0)


class _Messages(SecureCookieSessionInterface):
    """Flask's own session; where there is no cookie there is no signature to check."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


def init_sessions(app: Flask) -> None:
    app.session_interface = _Messages()
    # Flask's own session carries only messages for the next page; it follows the same rules
    app.config.update(
        SESSION_COOKIE_NAME=_flash_cookie_name(app),
        SESSION_COOKIE_SECURE=not app.extensions["cop.development"],
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    app.before_request(_choose_language)
    app.after_request(_keep_browser_id)
    app.context_processor(lambda: {"account": current_account()})


def _flash_cookie_name(app: Flask) -> str:
    with app.app_context():
        return cookie_name("messages")


def _look_up(cookie: str) -> CurrentAccount | None:
    if not cookie or len(cookie) > LONGEST_COOKIE:
        return None
    found = session_by_hash(keyed_hash(cookie))
    if found is None:
        return None
    note_use(LoginSession, found.account.session_id, found.used_at)
    return found.account


def note_use(kind: type[BrowserSession], session_id: UUID, used_at: datetime) -> None:
    """Note that a session is in use, unless that was noted within five minutes or others have a transaction open."""
    if coarse(now()) - used_at >= COARSE and not in_transaction():
        with transaction():
            services.touch_session(kind, session_id)


def _choose_language() -> None:
    """Prefer what the person chose, then what this browser chose."""
    if not _is_a_page():
        return
    account = current_account()
    chosen = (account.locale if account else "") or request.cookies.get(cookie_name("locale"), "")
    g.cop_locale = chosen if chosen in LOCALES else locale_of_browser()


def _is_a_page() -> bool:
    """Tell whether a person reads the answer: no file, and nothing that a city sent."""
    if request.endpoint is None or request.endpoint.endswith("static"):
        return False
    return request.method == "GET" or policy_of(current_app, request.endpoint) is not Policy.PEER


def _keep_browser_id(answer: Response) -> Response:
    if g.get("cop_browser_is_new") and not any(
        header.startswith(f"{cookie_name('browser')}=") for header in answer.headers.getlist("Set-Cookie")
    ):
        set_cookie(answer, "browser", g.cop_browser, max_age=YEAR)
    if _is_a_page():
        answer.vary.add("Cookie")
    return answer
