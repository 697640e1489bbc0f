# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Signing in with the city's provider: who becomes whom."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from threading import Barrier
from urllib.parse import urlsplit

import pytest
import time_machine
from sqlalchemy import select

from cop.accounts import services
from cop.accounts.models import Account, LoginAttempt, LoginSession, Person
from cop.accounts.rules import Identity
from cop.accounts.services import signing_in
from cop.base.clock import now
from cop.base.db import db, transaction
from cop.devidp.faults import FAULTS, Tampering
from cop.settings import Issuer
from tests.cop.accounts.conftest import CLIENT_SECRET, Browser, count, people, query_of


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


def test_somebody_who_signs_in_in_many_tabs_at_once_has_one_account(city):
    identity = Identity("issuer", "s", "Miriam Ahlsdorf", "m@kassel.example", "", "", None)
    tabs = Barrier(6)

    def tab():
        with city.app_context(), closing(db.session):
            tabs.wait(timeout=10)
            with transaction():
                return services.sign_in(identity).id

    with ThreadPoolExecutor(6) as pool:
        found = {future.result() for future in [pool.submit(tab) for _ in range(6)]}

    assert len(found) == count(city, Account) == 1


def test_an_account_that_appears_in_the_last_moment_is_taken(city):
    identity = Identity("issuer", "s", "Miriam Ahlsdorf", "m@kassel.example", "", "", None)

    with city.app_context(), transaction():
        first = services.sign_in(identity).id
        second = signing_in._new_account(identity).id

    assert first == second


def test_a_provider_that_tells_nothing_more_is_enough(city, browser, realm):
    realm.tampering = Tampering(metadata={"userinfo_endpoint": None})

    browser.signs_in()

    assert people(city)[0][0] == "Miriam Ahlsdorf"


@pytest.mark.parametrize("address", [None, "http://evil.example/logout", 7])
def test_signing_out_ends_here_when_the_provider_has_no_place_for_it(browser, realm, address):
    realm.tampering = Tampering(metadata={"end_session_endpoint": address})
    browser.signs_in()

    answer = browser.post("/logout")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/signed-out")
    assert not browser.is_signed_in


def test_signing_out_works_while_the_provider_is_away(city, browser, realm):
    browser.signs_in()
    realm.tampering = FAULTS["discovery_no_issuer"]

    with time_machine.travel(now() + timedelta(minutes=50)):
        browser.client.get("/me")
    with time_machine.travel(now() + timedelta(minutes=100)):
        answer = browser.post("/logout")

    assert answer.headers["Location"] == "/signed-out"
