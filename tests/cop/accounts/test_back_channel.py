# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The city's provider says that a session is over (OpenID Connect Back-Channel Logout 1.0)."""

from datetime import timedelta

import pytest
import time_machine

from cop.accounts.models import LoginSession, SpentToken
from cop.accounts.services import forget_spent_tokens
from cop.base.clock import now
from cop.base.db import db, transaction
from cop.devidp.faults import ABSENT, Tampering, replace, sign_id_token
from cop.settings import Issuer
from tests.cop.accounts.conftest import count

EVENT = "http://schemas.openid.net/event/backchannel-logout"
PATH = "/logout/back-channel"


def token(realm, *, signing="own", header=None, **changes):
    """A right logout token about Miriam, but for what is changed."""
    instant = int(now().timestamp())
    right = {
        "iss": realm.issuer,
        "aud": "rp",
        "sub": "m-1",
        "iat": instant,
        "exp": instant + 60,
        "jti": "first",
        "events": {EVENT: {}},
    }
    wrong = Tampering(header={"typ": "logout+jwt"} | (header or {}), signing=signing)
    return sign_id_token(replace(right, changes), realm.signing_key(), realm.alg, wrong)


def send(city, text):
    return city.test_client().post(PATH, data={"logout_token": text})


def test_a_session_ends_that_its_provider_names(city, realm, another):
    realm.tampering = Tampering(claims={"sid": "s-1"})
    named = another().signs_in()
    realm.tampering = Tampering(claims={"sid": "s-2"})
    left = another().signs_in()

    answer = send(city, token(realm, sid="s-1"))

    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert (named.is_signed_in, left.is_signed_in) == (False, True)


def test_of_somebody_who_left_the_city_no_session_is_left(city, realm, another):
    """PRIV-025: the provider ends the person, and with them every session."""
    browsers = [another().signs_in(), another().signs_in()]
    bram = another("b-1").signs_in()

    assert send(city, token(realm, sid=ABSENT)).status_code == 200

    assert [browser.is_signed_in for browser in browsers] == [False, False]
    assert bram.is_signed_in


def test_a_session_is_ended_only_with_the_subject_it_is_of(city, realm, another):
    realm.tampering = Tampering(claims={"sid": "s-1"})
    browser = another().signs_in()

    assert send(city, token(realm, sid="s-1", sub="b-1")).status_code == 200

    assert browser.is_signed_in


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"nonce": "x"}, id="AUTH-044: a nonce"),
        pytest.param({"events": ABSENT}, id="AUTH-045: no events"),
        {"events": {}},
        {"events": {EVENT: True}},
        {"events": [EVENT]},
        {"iss": ABSENT},
        {"iss": "http://127.0.0.1:9/else"},
        {"aud": "other"},
        {"aud": ["rp", "other"]},
        {"aud": ABSENT},
        {"sub": ABSENT},
        {"sub": ""},
        {"sub": 7},
        {"sub": "m-1\0"},
        {"sid": {}},
        {"jti": ABSENT},
        {"jti": ""},
        {"jti": "x" * 300},
        {"iat": ABSENT},
        {"iat": "now"},
        {"iat": True},
        {"iat": 10**18},
        {"iat": 0},
        {"exp": 1},
        {"signing": "none"},
        {"signing": "hs256_public"},
        {"signing": "other_key"},
        {"signing": "unknown_key"},
        {"signing": "embedded_jwk"},
        {"signing": "broken"},
        pytest.param({"header": {"typ": "JWT"}}, id="AUTH-049: typ of an id_token"),
        {"header": {"typ": ABSENT}},
        {"header": {"crit": ["bork"]}},
    ],
    ids="-".join,
)
def test_a_token_that_is_not_exactly_right_ends_nothing(city, realm, browser, wrong):
    browser.signs_in()

    answer = send(city, token(realm, **wrong))

    assert (answer.status_code, answer.get_json()) == (400, {"error": "invalid_request"})
    assert browser.is_signed_in
    assert count(city, SpentToken) == 0


def test_an_id_token_is_no_logout_token(city, realm, browser):
    """AUTH-049: what the city itself was given at the sign-in."""
    browser.signs_in()
    with city.app_context():
        (id_token,) = db.session.scalars(db.select(LoginSession.id_token)).all()

    assert send(city, id_token).status_code == 400

    assert browser.is_signed_in


def test_a_token_holds_once(city, realm, another):
    """AUTH-047: a replay ends no session that was begun since."""
    text = token(realm)
    assert send(city, text).status_code == 200
    browser = another().signs_in()

    assert send(city, text).status_code == 400

    assert browser.is_signed_in


def test_a_token_is_refused_after_two_minutes_and_then_need_not_be_remembered(city, realm, browser):
    text = token(realm, exp=ABSENT)
    browser.signs_in()
    assert send(city, token(realm, jti="second", sub="nobody")).status_code == 200

    with time_machine.travel(now() + timedelta(minutes=4), tick=False):
        assert send(city, text).status_code == 400
        assert browser.is_signed_in
        with city.app_context(), transaction():
            forget_spent_tokens()

    assert count(city, SpentToken) == 0


@pytest.mark.parametrize("form", [{}, {"logout_token": ""}, {"logout_token": "a.b.c"}, {"logout_token": "x" * 9000}])
def test_what_is_no_token_is_refused(city, form):
    assert city.test_client().post(PATH, data=form).status_code == 400


def test_two_tokens_at_once_are_refused(city, realm):
    both = {"logout_token": [token(realm), token(realm, jti="second")]}

    assert city.test_client().post(PATH, data=both).status_code == 400


def test_a_silent_provider_is_said_so_that_it_tries_again(make_city, realm, devidp):
    city = make_city(issuers=(Issuer("http://127.0.0.1:9/silent", "rp", "s" * 32, "Nobody"),))

    assert send(city, token(realm, iss="http://127.0.0.1:9/silent")).status_code == 503
