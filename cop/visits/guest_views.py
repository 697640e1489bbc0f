# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""People of partner cities who come here: sent to their city, received, and home again."""

import logging

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from cop.accounts import services as accounts
from cop.accounts.oidc import SignInFailed
from cop.accounts.session import browser_id, current_account, drop_cookie, keyed_hash
from cop.accounts.setup import city_of
from cop.accounts.views import TooManySignIns, once, sign_in_limit
from cop.accounts.visitor import COOKIE, NotForVisitors, current_visitor
from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.errors import Forbidden, Invalid, Problem
from cop.base.forms import NoFields, read_form
from cop.base.i18n import N_, _, translated
from cop.base.instance import this_city
from cop.base.web import error_page, public
from cop.meetings.models import Meeting
from cop.sharing.queries import community_of, find_thing
from cop.sharing.visiting import its_people_may_visit
from cop.visits import hosting, queries
from cop.visits.blueprint import pages
from cop.visits.home_views import onward
from cop.visits.hosting import Arrived
from cop.visits.rules import CALLBACK, START, member_hint, target_of
from cop.visits.session import end_visit, open_visit, start_visit_cookie

log = logging.getLogger(__name__)
AGAIN = N_("The visit did not work. Please open the community from your own city's page again.")


@pages.get(START)
@public
def start() -> Response:
    """Send somebody of a partner city there to sign in (OpenID Connect Core, section 4).

    Raises:
        TooManySignIns: when too many were begun from this address.
        Invalid: when it is not said who comes, or the target is no thing of ours.
        Forbidden: when the city is no partner whose people may come.
    """
    city = request.args.get("iss", "")
    hint = member_hint(request.args.get("login_hint"), issuer=city)
    target = target_of(request.args.get("target_link_uri"), origin=this_city().origin)
    if hint is None or target is None:
        raise Invalid({}, AGAIN)
    if not sign_in_limit().begin(request.remote_addr or "", now=now()):
        raise TooManySignIns(N_("Too many people tried to sign in from here. Please wait a minute."))
    if not its_people_may_visit(city):
        raise Forbidden(N_("This city receives no visitors from there."))
    if current_account() is not None:  # somebody with an account here needs no visit
        return redirect(_page_of(target))
    begun = hosting.begin(city, hint=hint)
    attempt = accounts.Attempt(city, begun.nonce, begun.verifier, target)
    with transaction():
        accounts.remember_attempt(attempt, state_hash=keyed_hash(begun.state), browser_hash=keyed_hash(browser_id()))
    return redirect(begun.url)


@pages.get(CALLBACK)
@public
def callback() -> Response | tuple[str, int]:
    """Take what the browser brings back from its own city, and open the visit."""
    city = ""
    try:
        with transaction():
            attempt = accounts.take_attempt(state_hash=keyed_hash(once("state")), browser_hash=keyed_hash(browser_id()))
        if attempt is None:
            raise SignInFailed("state")
        city = attempt.issuer
        arrived = _arrived(attempt)
        with transaction():
            token, place = _receive(arrived, city=city, target=attempt.next_path)
    except Problem as problem:
        return _refused(problem, city)
    sign_in_limit().give_back(request.remote_addr or "")
    answer = redirect(place)
    start_visit_cookie(answer, token)
    return answer


@pages.post("/visits/end")
@public
def end() -> Response:
    """End the visit in this browser and lead home."""
    read_form(NoFields(), request.form)
    visitor = current_visitor()
    home = city_of(visitor.origin) if visitor is not None else this_city()
    with transaction():
        end_visit()
    answer = onward(f"{home.origin}/", _("Back to %(city)s", city=home.short))
    drop_cookie(answer, COOKIE)
    return answer


def not_for_visitors(problem: NotForVisitors) -> tuple[str, int]:
    """Say why, and lead back to the community."""
    visitor = problem.visitor
    way = (visitor.community, url_for("communities.overview", community_id=visitor.community_id))
    return error_page(problem.status, translated(problem.sentence), way=way)


def _arrived(attempt: accounts.Attempt) -> Arrived:
    """Ask the city who it is that comes; it must still be one whose people may.

    Raises:
        SignInFailed: when the answer is another city's, or an error.
        Forbidden: when the city's people may not come any more.
    """
    if not its_people_may_visit(attempt.issuer):
        raise Forbidden(N_("This city receives no visitors from there."))
    if once("iss") != attempt.issuer:  # RFC 9207: always, since every city names itself
        raise SignInFailed("iss-parameter")
    if request.args.get("error"):
        raise SignInFailed("provider-error")
    code = once("code")
    db.session.rollback()  # nothing stays open while the city is awaited
    return hosting.finish(attempt.issuer, code=code, nonce=attempt.nonce, verifier=attempt.verifier)


def _receive(arrived: Arrived, *, city: str, target: str) -> tuple[str, str]:
    """Open the visit; return what the cookie holds, and the page it leads to."""
    record = queries.guest_of(arrived.member_uri, city=city)
    if record is None or not its_people_may_visit(city):
        raise Forbidden(N_("You are not a member of this community, or no longer. Ask to join on your city's page."))
    thing = find_thing(target)
    if isinstance(thing, Meeting) and thing.community_id == record.community_id:
        place = url_for("meetings.show", meeting_id=thing.id)
    else:
        place = url_for("communities.overview", community_id=record.community_id)
    return open_visit(record, sid=arrived.sid), place


def _page_of(target: str) -> str:
    """Return the page of a thing for somebody with an account, who may see it there or not."""
    thing = find_thing(target)
    if isinstance(thing, Meeting):
        return url_for("meetings.show", meeting_id=thing.id)
    community = community_of(thing) if thing is not None else None
    return url_for("communities.overview", community_id=community.id) if community is not None else "/"


def _refused(problem: Problem, city: str) -> tuple[str, int]:
    """Say it, lead home, and keep the reason for the log."""
    log.warning("visit refused: %s", problem.reason if isinstance(problem, SignInFailed) else problem.code)
    sentence = AGAIN if isinstance(problem, SignInFailed) else problem.sentence
    way = (_("Back to %(city)s", city=city_of(city).short), f"{city}/") if city else None
    return error_page(problem.status, translated(sentence, problem.values), way=way)
