# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Signing in with the city's provider; what can't be believed opens no session.

The ids in comments are those of the catalogue of hostile cases.
"""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from sqlalchemy import func, select

from cop.accounts import services
from cop.accounts.events import SignInRefused
from cop.accounts.models import Account, LoginAttempt, LoginSession, Person
from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.events import subscribe
from cop.devidp.faults import FAULTS, Seconds, Tampering
from cop.settings import Issuer
from tests.cop.accounts.conftest import CLIENT_SECRET, Browser, query_of

SILENT = {"token_not_json", "token_error", "token_redirect", "token_huge"}
HARMLESS = {"claims_of_the_wrong_type"}


def count(app, model):
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model))


def people(app):
    with app.app_context():
        accounts = db.session.scalars(select(Account).order_by(Account.id)).all()
        return [(one.person.display_name, one.person.organisation, one.person.unit, one.is_admin) for one in accounts]


def test_somebody_signs_in_and_is_known_by_what_the_provider_says(city, browser):
    answer = browser.sign_in()

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert people(city) == [("Miriam Ahlsdorf", "Stadt Kassel", "Personalamt", False)]
    assert "Miriam Ahlsdorf" in browser.client.get("/me").text


def test_the_way_to_the_provider_carries_state_nonce_and_a_pkce_challenge(city, browser):
    sent = query_of(browser.leave().headers["Location"])

    assert {name: len(value) for name, value in sent.items() if name in {"state", "nonce", "code_challenge"}} == {
        "state": 43,
        "nonce": 43,
        "code_challenge": 43,
    }
    assert sent["code_challenge_method"] == "S256"
    assert sent["redirect_uri"] == "http://127.0.0.1:8101/login/callback"


def test_somebody_who_comes_back_is_the_same_person_with_the_newest_facts(city, browser, realm):
    browser.signs_in()
    realm.tampering = Tampering(claims={"unit": "Kulturamt"})

    browser.signs_in()

    assert people(city) == [("Miriam Ahlsdorf", "Stadt Kassel", "Kulturamt", False)]


def test_people_of_a_second_issuer_sign_in_too(city, browser, devidp):
    browser.signs_in()

    Browser(city, devidp.realms["werke"].issuer, "g-1").signs_in()

    assert [person[:2] for person in people(city)] == [
        ("Miriam Ahlsdorf", "Stadt Kassel"),
        ("Gesa Tormählen", "Stadtwerke"),
    ]


def test_an_equal_subject_of_another_issuer_is_another_person(city, browser, devidp):
    browser.signs_in()
    devidp.realms["werke"].tampering = Tampering(claims={"sub": "m-1"}, userinfo={"sub": "m-1"})

    answer = Browser(city, devidp.realms["werke"].issuer, "g-1").sign_in()

    devidp.realms["werke"].tampering = Tampering()
    assert answer.status_code == 302
    assert count(city, Account) == 2


@pytest.mark.parametrize("fault", sorted(FAULTS))  # AUTH-005, 007, 009, 011 to 015, 018 to 022, 024 to 034
def test_what_a_provider_does_wrong_opens_no_session(city, browser, realm, fault):
    refused = []
    subscribe(city, SignInRefused, refused.append)
    realm.tampering = FAULTS[fault]

    left = browser.leave()
    answer = browser.client.get(browser.choose(left.headers["Location"])) if left.status_code == 302 else left

    expected = 302 if fault in HARMLESS else 503 if fault in SILENT else 403
    assert answer.status_code == expected, answer.text
    if fault not in HARMLESS:
        assert (count(city, Account), count(city, LoginSession), browser.cookie()) == (0, 0, None)
        assert len(refused) == 1
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


def test_signing_in_gives_a_new_session_id_and_ends_the_old_one(city, browser):
    browser.signs_in()
    first = browser.cookie()

    browser.signs_in()

    assert browser.cookie() != first
    assert count(city, LoginSession) == 1


def test_a_session_id_planted_before_signing_in_is_not_taken_over(city, browser):
    browser.client.set_cookie("reihum-8101-session", "planted" * 6, domain="127.0.0.1")

    browser.signs_in()

    assert browser.cookie() != "planted" * 6


def test_a_known_mail_address_does_not_lead_to_its_account(city, browser, another, realm):  # AUTH-036
    browser.signs_in()
    realm.tampering = Tampering(
        claims={"sub": "new", "email": "Miriam@kassel.example"}, userinfo={"sub": "new", "email": ""}
    )

    answer = another().sign_in()

    assert answer.status_code == 403
    assert count(city, Account) == 1


def test_a_subject_in_other_case_is_somebody_else(city, browser, another, realm):  # AUTH-030
    browser.signs_in()
    realm.tampering = Tampering(
        claims={"sub": "M-1", "email": "x@kassel.example"}, userinfo={"sub": "M-1", "email": ""}
    )

    another().signs_in()

    assert count(city, Account) == 2


def test_a_deactivated_account_can_not_sign_in_and_its_sessions_end(city, browser):
    browser.signs_in()
    with city.app_context(), transaction():
        services.deactivate(db.session.scalars(select(Account)).one())

    assert not browser.is_signed_in
    answer = browser.sign_in()

    assert answer.status_code == 403
    assert count(city, LoginSession) == 0


def test_the_configured_role_makes_an_administrator_and_its_loss_takes_it_back(city, another, realm):  # AUTH-039
    bram = another("b-1").signs_in()
    before = people(city)
    realm.tampering = Tampering(claims={"groups": []})

    bram.signs_in()

    assert (before[0][3], people(city)[0][3]) == (True, False)


@pytest.mark.parametrize("role", ["", "another-role"])
def test_a_role_that_is_not_configured_makes_no_administrator(make_city, realm, role):  # AUTH-038
    city = make_city(issuers=(Issuer(realm.issuer, "rp", CLIENT_SECRET, "Stadt Kassel", admin_role=role),))
    realm.tampering = Tampering(claims={"groups": ["admin", "Domain Admins", "reihum-admin", ""]})

    Browser(city, realm.issuer).signs_in()

    assert people(city)[0][3] is False


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


def test_too_many_failing_sign_ins_from_one_address_wait(make_city, realm):  # AUTH-095
    city = make_city(sign_ins_per_minute=3)
    forwarded = [{"X-Forwarded-For": f"10.0.0.{number}"} for number in range(5)]

    answers = [
        city.test_client().get("/login/start", query_string={"issuer": realm.issuer}, headers=headers).status_code
        for headers in forwarded
    ]

    assert answers == [302, 302, 302, 429, 429]


def test_an_office_behind_one_address_can_sign_in_as_a_whole(make_city, realm):
    city = make_city(sign_ins_per_minute=2)

    answers = [Browser(city, realm.issuer).sign_in().status_code for _ in range(5)]

    assert answers == [302] * 5


def test_the_sign_in_page_names_every_issuer_and_keeps_the_wanted_page(browser, devidp):
    page = browser.client.get("/login?next=/me").text

    for realm in devidp.realms.values():
        assert (
            f"issuer={realm.issuer.replace(':', '%3A').replace('/', '%2F')}".lower() in page.lower()
            or realm.issuer in page
        )
    assert "next=/me" in page or "next=%2Fme" in page
    assert browser.client.get("/login").headers["Cache-Control"] == "no-store"


def test_somebody_who_wanted_a_page_gets_it_after_signing_in(browser):
    asked = browser.client.get("/me/devices?x=1")
    wanted = query_of(asked.headers["Location"])["next"]

    answer = browser.sign_in(next=wanted)

    assert urlsplit(asked.headers["Location"]).path == "/login"
    assert answer.headers["Location"] == "/me/devices?x=1"


def test_somebody_who_is_signed_in_needs_no_sign_in_page(browser):
    browser.signs_in()

    assert browser.client.get("/login?next=/me").headers["Location"] == "/me"


def test_no_sign_in_leaves_more_than_its_session(city, browser):
    browser.signs_in()

    assert (count(city, LoginAttempt), count(city, Person), count(city, LoginSession)) == (0, 1, 1)


def test_nothing_secret_is_logged(city, browser, realm, caplog):
    realm.tampering = FAULTS["expired"]
    caplog.set_level("DEBUG")

    browser.sign_in()

    ours = [record.getMessage() for record in caplog.records if record.name.startswith("cop.")]
    assert ours
    assert not [line for line in ours if "eyJ" in line or "miriam" in line.lower()]
