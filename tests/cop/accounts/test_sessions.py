# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Sessions: how long they last, who sees and ends them, and what their cookies are like."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from sqlalchemy import select

from cop.accounts.jobs import tidy
from cop.accounts.models import Account, LoginAttempt, LoginSession
from cop.base.clock import now
from cop.base.db import db
from tests.conftest import SECRET
from tests.cop.accounts.conftest import Browser, query_of

HTTPS = {"origin": "https://city-a.example", "development": False, "secret_key": SECRET}


def test_a_session_ends_after_an_hour_without_use(browser):
    browser.signs_in()

    with time_machine.travel(now() + timedelta(minutes=54)):
        assert browser.is_signed_in
    with time_machine.travel(now() + timedelta(minutes=54 + 61)):
        assert not browser.is_signed_in


def test_a_session_ends_after_twelve_hours_of_use(browser):
    browser.signs_in()
    begun = now()

    seen = []
    for half_hours in range(1, 26):
        with time_machine.travel(begun + timedelta(minutes=30 * half_hours)):
            seen.append(browser.is_signed_in)

    assert seen == [True] * 23 + [False] * 2


def test_the_time_of_use_is_kept_to_five_minutes_only(city, browser):
    browser.signs_in()

    with city.app_context():
        used_at = db.session.scalars(select(LoginSession.used_at)).one()

    assert (used_at.minute % 5, used_at.second, used_at.microsecond) == (0, 0, 0)


def test_reading_a_page_twice_in_five_minutes_writes_nothing(city, browser):
    with time_machine.travel("2026-11-23 10:01:00+00:00", tick=False) as clock:
        browser.signs_in()
        clock.shift(timedelta(minutes=3))
        browser.client.get("/me")
        with city.app_context():
            kept = db.session.scalars(select(LoginSession.used_at)).one()
        clock.shift(timedelta(minutes=3))
        browser.client.get("/me")
        with city.app_context():
            renewed = db.session.scalars(select(LoginSession.used_at)).one()

    assert (kept.minute, renewed.minute) == (0, 5)


def test_the_table_holds_no_session_id(city, browser):
    browser.signs_in()

    with city.app_context():
        row = db.session.scalars(select(LoginSession)).one()
        stored = [row.token_hash, row.device, row.id_token]

    assert browser.cookie() not in stored
    assert len(row.token_hash) == 64


def test_signing_out_ends_the_session_for_good(browser):  # AUTH-051
    browser.signs_in()
    kept = browser.cookie()

    browser.post("/logout")

    browser.client.set_cookie("reihum-8101-session", kept, domain="127.0.0.1")
    assert not browser.is_signed_in


def test_signing_out_goes_on_to_the_provider_and_comes_back(browser, realm):
    browser.signs_in()

    answer = browser.post("/logout")

    there = answer.headers["Refresh"].partition("url=")[2]
    sent = query_of(there)
    assert there.startswith(f"{realm.issuer}/end-session?")
    assert sent["post_logout_redirect_uri"] == "http://127.0.0.1:8101/signed-out"
    assert sent["id_token_hint"].count(".") == 2
    assert browser.client.get("/signed-out").status_code == 200


def test_signing_out_twice_says_it_is_done(browser):
    browser.client.get("/login")

    answer = browser.post("/logout", page="/login")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/signed-out")


def test_a_rotated_secret_key_ends_every_session(make_city, realm):  # AUTH-056
    browser = Browser(make_city(), realm.issuer).signs_in()
    cookie = browser.cookie()
    rotated = Browser(make_city(secret_key="another secret of thirty-two characters"), realm.issuer)

    rotated.client.set_cookie("reihum-8101-session", cookie, domain="127.0.0.1")

    assert not rotated.is_signed_in


@pytest.mark.parametrize("cookie", ["", "x", "ü" * 40, "a" * 5000, "a" * 43, '"', "\x01" * 43])
def test_a_made_up_cookie_is_nobody(browser, cookie):
    answer = browser.client.get("/me", headers={"Cookie": f"reihum-8101-session={cookie}".encode().decode("latin1")})

    assert answer.status_code == 302


def test_in_production_cookies_are_bound_to_the_host_and_to_https(make_city, realm):  # AUTH-055
    browser = Browser(make_city(**HTTPS), realm.issuer)

    answers = [browser.client.get("/login"), browser.sign_in()]

    cookies = [line for answer in answers for line in answer.headers.getlist("Set-Cookie") if "Max-Age=0" not in line]
    assert sorted({line.partition("=")[0] for line in cookies}) == ["__Host-reihum-browser", "__Host-reihum-session"]
    for line in cookies:
        parts = {part.strip() for part in line.split(";")[1:]}
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= parts
        assert not any(part.startswith("Domain") for part in parts)


def test_two_cities_on_one_machine_have_cookies_of_their_own(make_city, realm):
    names = set()
    for port in (8101, 8102):
        city = make_city(origin=f"http://127.0.0.1:{port}")
        answer = city.test_client().get("/login/start", query_string={"issuer": realm.issuer})
        names.update(line.partition("=")[0] for line in answer.headers.getlist("Set-Cookie"))

    assert names == {"reihum-8101-browser", "reihum-8102-browser"}


def test_pages_are_kept_by_nobody_and_vary_by_cookie(browser):  # AUTH-077
    browser.signs_in()

    for page in ("/me", "/me/devices", "/login", "/signed-out"):
        headers = browser.client.get(page).headers
        assert (headers["Cache-Control"], "Cookie" in headers["Vary"]) == ("no-store", True)


def test_own_devices_are_listed_in_plain_words(browser, another):
    agents = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"}
    phone = another()
    phone.client.environ_base = {**phone.client.environ_base, "HTTP_USER_AGENT": agents["User-Agent"]}
    phone.signs_in()
    browser.signs_in()

    page = browser.client.get("/me/devices").text

    assert "Firefox, Windows" in page
    assert page.count("cop-item__") >= 2
    assert "Gecko" not in page


def test_a_device_of_ones_own_can_be_signed_out(city, browser, another):
    phone = another().signs_in()
    browser.signs_in()
    page = browser.client.get("/me/devices").text
    address = page.partition('action="/me/devices/')[2].partition('"')[0]

    answer = browser.post(f"/me/devices/{address}")

    assert answer.status_code == 303
    assert (phone.is_signed_in, browser.is_signed_in) == (False, True)


def test_all_other_devices_can_be_signed_out_at_once(browser, another):
    others = [another().signs_in(), another().signs_in()]
    colleague = another("b-1").signs_in()
    browser.signs_in()

    browser.post("/me/devices/end-others")

    assert [one.is_signed_in for one in [browser, *others, colleague]] == [True, False, False, True]


def test_somebody_elses_device_can_not_be_signed_out(city, browser, another):
    another("b-1").signs_in()
    with city.app_context():
        foreign: UUID = db.session.scalars(select(LoginSession.id)).one()
    browser.signs_in()

    answers = [browser.post(f"/me/devices/{one}/end").status_code for one in (foreign, uuid4())]

    assert answers == [404, 404]
    with city.app_context():
        assert len(db.session.scalars(select(LoginSession)).all()) == 2


def test_the_language_can_be_changed_before_signing_in_and_the_page_stays(browser):
    answer = browser.post("/language", page="/login?next=/me", locale="da", next="/signed-out")

    assert answer.headers["Location"] == "/"  # signing out is no place to return to
    assert '<html lang="da"' in browser.client.get("/login").text


@pytest.mark.parametrize("locale", ["de", "da", "en"])
def test_the_chosen_language_belongs_to_the_person_on_every_device(browser, another, locale):
    browser.signs_in()

    answer = browser.post("/language", locale=locale, next="/me/devices?x=1")

    assert answer.headers["Location"] == "/me/devices?x=1"
    phone = another().signs_in()
    assert [f'<html lang="{locale}"' in one.client.get("/me").text for one in (browser, phone)] == [True, True]


def test_an_unknown_language_changes_nothing(browser):
    browser.signs_in()

    browser.post("/language", locale="<xx>", next="/me")

    assert '<html lang="de"' in browser.client.get("/me", headers={"Accept-Language": "de"}).text


def test_what_is_over_is_deleted_and_what_runs_is_kept(city, browser, another):
    browser.signs_in()
    with time_machine.travel(now() + timedelta(hours=2)):
        another().leave()
        another("b-1").signs_in()
        with city.app_context():
            tidy()
            left = [len(db.session.scalars(select(model)).all()) for model in (Account, LoginSession, LoginAttempt)]

    assert left == [2, 1, 1]
