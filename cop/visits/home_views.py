# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Our people on their way to a partner city: asked once whether they agree, and where they take that back."""

from http import HTTPStatus
from typing import Any

from authlib.oauth2 import OAuth2Error
from flask import current_app, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cop.accounts.oidc_server import NamesItself
from cop.accounts.session import require_account
from cop.accounts.setup import city_of
from cop.base.db import transaction
from cop.base.errors import Forbidden, Invalid
from cop.base.forms import NoFields, read_form
from cop.base.i18n import N_, _
from cop.base.instance import this_city
from cop.base.web import signed_in
from cop.communities.models import MembershipRecord
from cop.communities.services import shown_name
from cop.visits import queries, services
from cop.visits.blueprint import pages
from cop.visits.rules import AUTHORIZE, member_hint
from cop.visits.schemas import CityForm
from cop.visits.services import Going


@pages.get(AUTHORIZE)
@signed_in
def authorize() -> Response | str:
    """Send somebody on to the city they visit, after they agreed once."""
    try:
        grant = _grant()
    except OAuth2Error as error:
        return _no(error)
    record, city = _who_goes(grant), _client(grant)
    if not queries.has_consented(record.person_id, city):
        return render_template(
            "visits/consent.html",
            visited=city_of(city),
            record=record,
            name=shown_name(record),
            action=request.full_path,
        )
    with transaction():
        return _answer(grant, record)


@pages.post(AUTHORIZE)
@signed_in
def agree() -> Response:
    """Keep the consent and send them on.

    By a page of ours that goes on by itself: `form-action` holds the redirect after a form, too, to this origin.
    """
    read_form(NoFields(), request.form)
    try:
        grant = _grant()
    except OAuth2Error as error:
        raise Invalid({}, N_("This visit can't begin. Please open the community from its page here.")) from error
    with transaction():
        record, city = _who_goes(grant), _client(grant)
        services.agree_to_visits(record.person_id, city)
        there = _answer(grant, record).location or ""
    return onward(there, _("On the way to %(city)s", city=city_of(city).short))


@pages.get("/me/visits")
@signed_in
def agreed() -> str:
    """List the cities that somebody agreed to visit."""
    consents = queries.consents_of(require_account().person_id)
    return render_template("visits/agreed.html", consents=consents)


@pages.post("/me/visits/end")
@signed_in
def take_back() -> Response:
    """Take a consent back, and end the visits there."""
    wanted = read_form(CityForm(), request.form)
    with transaction():
        services.take_consent_back(require_account().person_id, wanted["city"])
    flash(_("%(city)s is asked to end your visits.", city=city_of(wanted["city"]).short))
    return redirect(url_for("visits.agreed"), HTTPStatus.SEE_OTHER)


def onward(there: str, title: str) -> Response:
    """Lead out of this city by a page that goes on by itself."""
    answer = make_response(render_template("visits/onward.html", there=there, title=title))
    answer.headers["Refresh"] = f"0; url={there}"
    return answer


def _grant() -> Any:
    """Check what the visited city asks: Authlib, then the session decides who is meant."""
    return current_app.extensions["cop.visits.server"].get_consent_grant(end_user=None)


def _client(grant: Any) -> str:
    city: str = grant.request.client.client_id
    return city


def _who_goes(grant: Any) -> MembershipRecord:
    """Return the membership that the hint names, if it is of whoever is signed in.

    Raises:
        Forbidden: when it is somebody else's, or over, or of a community elsewhere.
    """
    hint = member_hint(request.args.get("login_hint"), issuer=this_city().origin)
    account = require_account()
    record = queries.own_member(hint, city=_client(grant), person_id=account.person_id) if hint is not None else None
    if record is None:
        raise Forbidden(N_("This visit is meant for somebody else. Please open the community from your own page here."))
    return record


def _answer(grant: Any, record: MembershipRecord) -> Response:
    server = current_app.extensions["cop.visits.server"]
    going = Going(record.uri, require_account().session_id)
    return _named(server.create_authorization_response(grant=grant, grant_user=going))


def _no(error: OAuth2Error) -> Response:
    """Tell the visited city why not, where it is one; else whoever reads this."""
    if not error.redirect_uri:
        raise Invalid({}, N_("This visit can't begin. Please open the community from its page here.")) from error
    return _named(current_app.extensions["cop.visits.server"].handle_error_response(None, error))


def _named(answer: Response) -> Response:
    server = current_app.extensions["cop.visits.server"]
    NamesItself(this_city().origin).add_issuer_parameter(server, answer)
    return answer
