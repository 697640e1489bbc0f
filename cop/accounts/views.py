# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Signing in and out, own devices, the profile, the language."""

import logging
from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cop.accounts import services
from cop.accounts.oidc import Answer, Provider, ProviderSilent, SignedIn, SignInFailed
from cop.accounts.queries import devices_of, known_cities
from cop.accounts.rules import AttemptLimit, identity_from, ring, safe_path
from cop.accounts.session import (
    YEAR,
    begin_session,
    browser_id,
    cookie_name,
    current_account,
    drop_cookie,
    keyed_hash,
    require_account,
    set_cookie,
    start_session_cookie,
)
from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.errors import NotFound, Problem
from cop.base.i18n import LOCALES, N_, _, translated
from cop.base.instance import this_city
from cop.base.web import public, signed_in

pages = Blueprint("accounts", __name__, template_folder="templates")
log = logging.getLogger(__name__)

CITIES_IN_THE_RING = 4


class TooManySignIns(Problem):
    """Too many sign-ins were begun from this address."""

    status = 429
    code = "too-many-sign-ins"


@pages.get("/login")
@public
def sign_in() -> Response | str:
    """Ask where somebody wants to sign in."""
    wanted = safe_path(request.args.get("next"))
    if current_account() is not None:
        return redirect(wanted)
    return _sign_in_page(wanted)


@pages.get("/login/start")
@public
def start() -> Response:
    """Send the browser to its provider.

    Raises:
        TooManySignIns: when too many were begun from this address.
    """
    provider = _provider(request.args.get("issuer", ""))
    if not sign_in_limit().begin(request.remote_addr or "", now=now()):
        raise TooManySignIns(N_("Too many people tried to sign in from here. Please wait a minute."))
    db.session.rollback()  # nothing stays open while the provider is awaited
    try:
        begun = provider.begin()
    except Problem as problem:
        return _refused(problem, provider.issuer.url)
    wanted = safe_path(request.args.get("next"))
    attempt = services.Attempt(provider.issuer.url, begun.nonce, begun.verifier, wanted)
    with transaction():
        services.remember_attempt(attempt, state_hash=keyed_hash(begun.state), browser_hash=keyed_hash(browser_id()))
    return redirect(begun.url)


@pages.get("/login/callback")
@public
def callback() -> Response:
    """Take what the browser brings back from its provider."""
    issuer = ""
    try:
        with transaction():
            attempt = services.take_attempt(state_hash=keyed_hash(once("state")), browser_hash=keyed_hash(browser_id()))
        if attempt is None:
            raise SignInFailed("state")
        issuer = attempt.issuer
        signed_in_there = _provider(issuer).finish(_answer(), nonce=attempt.nonce, verifier=attempt.verifier)
        token = _open_session(issuer, signed_in_there)
    except Problem as problem:
        return _refused(problem, issuer)
    sign_in_limit().give_back(request.remote_addr or "")
    answer = redirect(attempt.next_path)
    start_session_cookie(answer, token)
    return answer


@pages.post("/logout")
@public
def sign_out() -> Response:
    """End the session here, and lead to the provider so that it can end its own.

    The way there is a page of ours that goes on by itself: `form-action`
    holds the redirect after a form, too, to this origin.
    """
    with transaction():
        ended = services.end_session_by_hash(keyed_hash(request.cookies.get(cookie_name("session"), "")))
    there = None
    back = url_for("accounts.signed_out", _external=True)
    if ended is not None and ended.issuer in _providers():
        there = _providers()[ended.issuer].logout_url(ended.id_token, back_to=back)
    if there is None:
        answer: Response = redirect(url_for("accounts.signed_out"), HTTPStatus.SEE_OTHER)
    else:
        answer = make_response(render_template("accounts/signing_out.html", there=there))
        answer.headers["Refresh"] = f"0; url={there}"
    drop_cookie(answer, "session")
    return answer


@pages.get("/signed-out")
@public
def signed_out() -> str:
    """Say that it is done."""
    return render_template("accounts/signed_out.html")


@pages.get("/me")
@signed_in
def profile() -> str:
    """Show what the city's provider says about oneself, and choose a language."""
    return render_template("accounts/profile.html")


@pages.post("/language")
@public
def choose_language() -> Response:
    """Change the language and stay on the page."""
    account, wanted = current_account(), request.form.get("locale", "")
    if wanted in LOCALES and account is not None:
        with transaction():
            services.choose_language(account.person_id, wanted)
    answer = redirect(safe_path(request.form.get("next")), HTTPStatus.SEE_OTHER)
    if wanted in LOCALES:
        set_cookie(answer, "locale", wanted, max_age=YEAR)
    return answer


@pages.get("/me/devices")
@signed_in
def devices() -> str:
    """List where oneself is signed in."""
    return render_template("accounts/devices.html", devices=devices_of(require_account()))


@pages.post("/me/devices/<uuid:session_id>/end")
@signed_in
def end_device(session_id: UUID) -> Response:
    """Sign one device out."""
    account = require_account()
    with transaction():
        services.end_session(account.account_id, session_id)
    flash(_("The device is signed out."))
    return redirect(url_for("accounts.devices"), HTTPStatus.SEE_OTHER)


@pages.post("/me/devices/end-others")
@signed_in
def end_other_devices() -> Response:
    """Sign all other devices out."""
    account = require_account()
    with transaction():
        services.end_other_sessions(account.account_id, but=account.session_id)
    flash(_("All other devices are signed out."))
    return redirect(url_for("accounts.devices"), HTTPStatus.SEE_OTHER)


@pages.get("/admin-invitation/<token>")
@signed_in
def admin_invitation(token: str) -> str:
    """Ask whether somebody wants to become an administrator."""
    return render_template("accounts/admin_invitation.html", token=token)


@pages.post("/admin-invitation/<token>")
@signed_in
def accept_admin_invitation(token: str) -> Response:
    """Become an administrator."""
    account = require_account()
    with transaction():
        services.accept_admin_invitation(account.account_id, keyed_hash(token))
    flash(_("You are an administrator now."))
    return redirect(url_for("accounts.profile"), HTTPStatus.SEE_OTHER)


def _sign_in_page(wanted: str, problem: Problem | None = None) -> str:
    cities = list(known_cities().values())
    ours = [city for city in cities if city.origin == this_city().origin]
    others = [city for city in cities if city.origin != this_city().origin]
    return render_template(
        "accounts/sign_in.html",
        issuers=[provider.issuer for provider in _providers().values()],
        wanted=None if wanted == "/" else wanted,
        ring=ring((ours + others)[:CITIES_IN_THE_RING]),
        problem=translated(problem.sentence, problem.values) if problem else "",
    )


def _refused(problem: Problem, issuer: str) -> Response:
    """Show the sign-in page again with the reason in words, and record the refusal."""
    reason = problem.reason if isinstance(problem, SignInFailed) else problem.code
    log.warning("sign-in refused: %s", reason)
    answer = make_response(_sign_in_page("/", problem), problem.status)
    if isinstance(problem, ProviderSilent):
        answer.headers["Retry-After"] = "60"
    return answer


def _open_session(issuer: str, signed_in_there: SignedIn) -> str:
    settings = _provider(issuer).issuer
    identity = identity_from(
        signed_in_there.claims,
        issuer=issuer,
        organisation_claim=settings.organisation_claim,
        unit_claim=settings.unit_claim,
        role_claim=settings.role_claim,
        admin_role=settings.admin_role,
        organisation=settings.name,
    )
    with transaction():
        account = services.sign_in(identity)
        return begin_session(account.id, id_token=signed_in_there.id_token, sid=signed_in_there.sid)


def _answer() -> Answer:
    if request.args.get("error"):
        raise SignInFailed("provider-error")
    return Answer(code=once("code"), iss=once("iss") if "iss" in request.args else None)


def once(name: str) -> str:
    """Return a parameter of the request that may stand there only once.

    Raises:
        SignInFailed: when it is missing, empty or there twice.
    """
    values = request.args.getlist(name)
    if len(values) != 1 or not values[0]:
        raise SignInFailed(f"{name}-parameter")
    return values[0]


def _provider(issuer: str) -> Provider:
    provider = _providers().get(issuer)
    if provider is None:
        raise NotFound(N_("There is no such sign-in service."))
    return provider


def _providers() -> dict[str, Provider]:
    providers: dict[str, Provider] = current_app.extensions["cop.providers"]
    return providers


def sign_in_limit() -> AttemptLimit:
    """Return what counts the sign-ins begun from each address, visits among them."""
    limit: AttemptLimit = current_app.extensions["cop.sign_in_limit"]
    return limit
