# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What can't be believed opens no session. The ids in comments are those of the catalogue of hostile cases."""

import logging
from datetime import timedelta

import pytest
import time_machine

from cop.accounts.models import Account, LoginSession
from cop.base.clock import now
from cop.devidp.faults import FAULTS, Seconds, Tampering
from cop.settings import Issuer
from tests.cop.accounts.conftest import CLIENT_SECRET, Browser, count, query_of

SILENT = {"token_not_json", "token_error", "token_redirect", "token_huge"}
HARMLESS = {"claims_of_the_wrong_type"}


@pytest.mark.parametrize("fault", sorted(FAULTS))  # AUTH-005, 007, 009, 011 to 015, 018 to 022, 024 to 034
def test_what_a_provider_does_wrong_opens_no_session(city, browser, realm, caplog, fault):
    logging.getLogger().addHandler(caplog.handler)
    realm.tampering = FAULTS[fault]

    left = browser.leave()
    answer = browser.client.get(browser.choose(left.headers["Location"])) if left.status_code == 302 else left

    expected = 302 if fault in HARMLESS else 503 if fault in SILENT else 403
    assert answer.status_code == expected, answer.text
    if fault not in HARMLESS:
        assert (count(city, Account), count(city, LoginSession), browser.cookie()) == (0, 0, None)
        assert [line.partition(": ")[0] for line in caplog.messages].count("sign-in refused") == 1
        assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "ISSUER/"},  # AUTH-017
        {"aud": "other", "azp": "rp"},  # AUTH-013
        {"aud": ["rp"], "azp": "other"},
        {"aud": []},
        {"aud": 7},
        {"aud": "RP"},
        {"exp": True},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"exp": -1},
        {"iat": "now"},
        {"iat": Seconds(-700)},
        {"nonce": ["x"]},
        {"nonce": ""},
        {"sub": ["m-1"]},
        {"sub": "a\0b"},
        {"at_hash": []},
        {"at_hash": 3},
        {"iss": ["ISSUER"]},
    ],
)
def test_a_claim_that_is_nearly_right_is_wrong(city, browser, realm, claims):
    def here(value):
        return value.replace("ISSUER", realm.issuer) if isinstance(value, str) else value

    told = {
        name: [here(v) for v in value] if isinstance(value, list) else here(value) for name, value in claims.items()
    }
    realm.tampering = Tampering(claims=told)

    answer = browser.sign_in()

    assert answer.status_code == 403
    assert count(city, LoginSession) == 0


@pytest.mark.parametrize("slack", [Seconds(-50), Seconds(50)])
def test_clocks_may_differ_by_less_than_a_minute(browser, realm, slack):
    realm.tampering = Tampering(claims={"iat": slack, "exp": Seconds(-50) if slack.from_now < 0 else Seconds(300)})

    assert browser.sign_in().status_code == 302


def test_a_replayed_id_token_with_an_old_nonce_is_refused(city, browser, another, realm):  # AUTH-028
    old_nonce = query_of(browser.leave().headers["Location"])["nonce"]
    realm.tampering = Tampering(claims={"nonce": old_nonce})

    assert another().sign_in().status_code == 403


def test_a_state_of_another_browser_is_refused_and_used_up(city, browser, another):  # AUTH-002
    back = browser.choose(browser.leave().headers["Location"])
    victim = another()
    victim.leave()

    answers = [victim.client.get(back).status_code, browser.client.get(back).status_code]

    assert answers == [403, 403]
    assert count(city, LoginSession) == 0


def test_a_callback_works_once(city, browser):
    back = browser.choose(browser.leave().headers["Location"])

    answers = [browser.client.get(back).status_code for _ in range(2)]

    assert answers == [302, 403]


@pytest.mark.parametrize(("minutes", "status"), [(9, 302), (11, 403)])  # AUTH-004
def test_a_sign_in_must_come_back_within_ten_minutes(browser, minutes, status):
    there = browser.leave().headers["Location"]

    with time_machine.travel(now() + timedelta(minutes=minutes)):
        assert browser.client.get(browser.choose(there)).status_code == status


@pytest.mark.parametrize("query", ["", "?state=", "?state=a&state=b", "?code=x", "?state=%00", "?state=%C3%BC&code=1"])
def test_a_callback_that_nobody_began_is_refused(browser, query):
    assert browser.client.get(f"/login/callback{query}").status_code == 403


def test_a_doubled_parameter_is_refused(browser):
    back = browser.choose(browser.leave().headers["Location"])

    assert browser.client.get(f"{back}&code=other").status_code == 403


def test_a_code_sent_with_another_verifier_is_refused(city, browser, another):  # AUTH-034
    mine = query_of(browser.leave().headers["Location"])["state"]
    theirs = query_of(another("b-1").choose(another("b-1").leave().headers["Location"]))
    iss = browser.issuer

    answer = browser.client.get("/login/callback", query_string={"state": mine, "code": theirs["code"], "iss": iss})

    assert answer.status_code == 403
    assert count(city, LoginSession) == 0


def test_new_keys_of_the_provider_are_fetched_once_a_minute_at_most(city, browser, realm, another):
    browser.signs_in()
    vars(realm).pop("keys")

    too_soon = another().sign_in().status_code
    with time_machine.travel(now() + timedelta(seconds=61)):
        later = another().sign_in().status_code

    assert (too_soon, later) == (403, 302)


def test_a_provider_that_is_down_is_told_in_words_with_a_time_to_come_back(make_city):
    city = make_city(issuers=(Issuer("http://127.0.0.1:9/nobody", "rp", CLIENT_SECRET),))

    answer = Browser(city, "http://127.0.0.1:9/nobody").leave()

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")


def test_an_issuer_that_is_not_configured_is_not_asked(browser):
    browser.issuer = "http://127.0.0.1:9/evil"

    assert browser.leave().status_code == 404


def test_nothing_secret_is_logged(city, browser, realm, caplog):
    realm.tampering = FAULTS["expired"]
    caplog.set_level("DEBUG")

    browser.sign_in()

    ours = [record.getMessage() for record in caplog.records if record.name.startswith("cop.")]
    assert ours
    assert not [line for line in ours if "eyJ" in line or "miriam" in line.lower()]
