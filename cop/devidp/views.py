# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The provider's pages and endpoints; every address begins with the realm's slug."""

from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from authlib.oauth2 import OAuth2Error
from flask import Blueprint, Response, abort, current_app, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from cop.accounts.oidc_server import NamesItself
from cop.devidp.faults import FAULTS, NO_FAULT, Answer, replace
from cop.devidp.provider import Provider
from cop.devidp.texts import TEXTS

pages = Blueprint("devidp", __name__, template_folder="templates", static_folder="static", static_url_path="/-/static")
controls = Blueprint("devidp_controls", __name__)


@pages.get("/<realm>/.well-known/openid-configuration")
def configuration(realm: str) -> Response:
    """Tell where everything is."""
    return jsonify(_provider(realm).metadata())


@pages.get("/<realm>/jwks")
def jwks(realm: str) -> Response:
    """Publish the keys, the public halves only."""
    return jsonify(_provider(realm).realm.keys.as_dict(private=False))


@pages.get("/<realm>/authorize")
def choose(realm: str) -> BaseResponse | str:
    """Ask who signs in: a button for each persona."""
    provider = _provider(realm)
    try:
        grant = provider.server.get_consent_grant(end_user=None)
    except OAuth2Error as error:
        return _named(provider, provider.server.handle_error_response(None, error))
    return render_template(
        "devidp/authorize.html",
        realm=provider.realm,
        texts=TEXTS[provider.realm.locale],
        back_to=urlsplit(grant.request.payload.redirect_uri).netloc,
    )


@pages.post("/<realm>/authorize")
def authorize(realm: str) -> BaseResponse:
    """Send the person back with a code, or with a no."""
    provider = _provider(realm)
    try:
        grant = provider.server.get_consent_grant(end_user=None)
    except OAuth2Error as error:
        return _named(provider, provider.server.handle_error_response(None, error))
    persona = provider.realm.persona(request.form.get("persona", ""))
    answer = provider.server.create_authorization_response(grant=grant, grant_user=persona)
    return _named(provider, answer)


@pages.post("/<realm>/token")
def token(realm: str) -> BaseResponse:
    """Exchange a code for the tokens."""
    provider = _provider(realm)
    answer: Response = provider.server.create_token_response()
    if answer.status_code != HTTPStatus.OK or provider.realm.tampering.answer == "usual":
        return answer
    return _wrong_answer(answer, provider.realm.tampering.answer)


@pages.get("/<realm>/userinfo")
def userinfo(realm: str) -> BaseResponse:
    """Tell about the person behind an access token."""
    scheme, _, access_token = request.headers.get("Authorization", "").partition(" ")
    told = _provider(realm).userinfo(access_token) if scheme == "Bearer" else None
    if told is None:
        return Response(status=401, headers={"WWW-Authenticate": "Bearer"})
    return jsonify(told)


@pages.route("/<realm>/end-session", methods=["GET", "POST"])
def end_session(realm: str) -> BaseResponse | str:
    """End the session here and lead back (RP-initiated logout)."""
    provider = _provider(realm)
    try:
        answer: Response | None = provider.server.create_endpoint_response("end_session")
    except OAuth2Error as error:
        return _named(provider, provider.server.handle_error_response(None, error))
    if answer is not None:
        return answer
    return render_template("devidp/signed_out.html", realm=provider.realm, texts=TEXTS[provider.realm.locale])


@controls.post("/<realm>/control")
def control(realm: str) -> Response:
    """Switch a fault on by its name, or all faults off."""
    name = request.form.get("fault", "")
    if name and name not in FAULTS:
        abort(400, f"unknown fault; known are: {', '.join(sorted(FAULTS))}")
    _provider(realm).realm.tampering = FAULTS[name] if name else NO_FAULT
    return Response(status=204)


def _provider(slug: str) -> Provider:
    providers: dict[str, Provider] = current_app.extensions["devidp"]
    return providers.get(slug) or abort(404)


def _json(answer: Response) -> dict[str, Any]:
    told: dict[str, Any] = answer.get_json(force=True)
    return told


def _wrong_answer(right: Response, how: Answer) -> BaseResponse:
    """Spoil the answer of the token endpoint."""
    match how:
        case "no_id_token":
            return jsonify({k: v for k, v in _json(right).items() if k != "id_token"})
        case "no_access_token":
            return jsonify({k: v for k, v in _json(right).items() if k != "access_token"})
        case "not_json":
            right.set_data("<html>out of order</html>")
        case "error_500":
            right.status_code = HTTPStatus.INTERNAL_SERVER_ERROR
        case "redirect":
            return redirect("/elsewhere", code=HTTPStatus.TEMPORARY_REDIRECT)
        case "huge":
            right.set_data(right.get_data() + b" " * 8_000_000)
        case "usual":
            pass
    return right


def _named(provider: Provider, answer: Response) -> Response:
    """Add `iss` to an answer that leads back, then what the tampering changes in it."""
    if answer.location:
        NamesItself(provider.realm.issuer).add_issuer_parameter(provider.server, answer)
        parts = urlsplit(answer.location or "")
        told = replace(dict(parse_qsl(parts.query)), provider.realm.tampering.callback)
        answer.location = urlunsplit(parts._replace(query=urlencode(told)))
    return answer
