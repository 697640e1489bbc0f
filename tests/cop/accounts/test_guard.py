# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What every request passes: forms from our own pages only, and the policy of its route."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from cop.accounts import services
from cop.accounts.cli import admin as admin_commands
from cop.accounts.models import Account
from cop.accounts.session import current_account, keyed_hash
from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.errors import Conflict
from cop.base.web import admin, peer
from tests.cop.accounts.conftest import Browser, query_of

EVIL = "https://evil.example"


@pytest.fixture
def guarded(make_city, realm):
    """The city with one page for administrators and one for peers."""
    city = make_city()
    city.add_url_rule("/test/admin", "test_admin", admin(lambda: "secret"), methods=["GET", "POST"])
    city.add_url_rule("/test/inbox", "test_inbox", peer(lambda: ("", 202)), methods=["POST"])
    return lambda persona="m-1": Browser(city, realm.issuer, persona)


@pytest.mark.parametrize(
    ("form", "headers"),
    [
        ({}, {}),
        ({"csrf_token": ""}, {}),
        ({"csrf_token": "forged"}, {}),
        ({"csrf_token": "TOKEN"}, {"Origin": EVIL}),
        ({"csrf_token": "TOKEN"}, {"Origin": "null"}),
        ({"csrf_token": "TOKEN"}, {"Origin": "http://127.0.0.1:8102"}),
        ({"csrf_token": "TOKEN"}, {"Sec-Fetch-Site": "cross-site"}),
        ({"csrf_token": "TOKEN"}, {"Sec-Fetch-Site": "same-site"}),
        ({"csrf_token": "THEIRS"}, {}),
        ({"csrf_token": "ANONYMOUS"}, {}),
        ({"csrf_token": "TOKEN"}, {"Content-Type": "text/plain"}),  # AUTH-062
        ({"csrf_token": "TOKEN"}, {"Content-Type": "application/json"}),
    ],
)
def test_a_form_that_is_not_from_our_page_changes_nothing(browser, another, form, headers):
    tokens = {
        "ANONYMOUS": browser.token("/login"),
        "THEIRS": another("b-1").signs_in().token(),
        "TOKEN": browser.signs_in().token(),
    }
    sent = {name: tokens.get(value, value) for name, value in form.items()}

    answer = browser.client.post("/logout", data=sent, headers=headers)

    assert answer.status_code == 403
    assert browser.is_signed_in


def test_the_refusal_says_what_to_do(browser):
    page = browser.client.post("/logout", headers={"Accept-Language": "en"}).text

    assert "load the page anew" in page or "Seite" in page


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://127.0.0.1:8101"}, {"Sec-Fetch-Site": "same-origin"}])
def test_a_form_of_ours_passes(browser, headers):
    token = browser.signs_in().token()

    assert browser.client.post("/logout", data={"csrf_token": token}, headers=headers).status_code == 200


def test_a_partial_may_send_its_token_in_a_header(browser):
    token = browser.signs_in().token()

    assert browser.client.post("/logout", headers={"X-CSRF-Token": token}).status_code == 200


def test_a_form_holds_for_twelve_hours(browser):
    token = browser.token("/login")

    with time_machine.travel(now() + timedelta(hours=13)):
        assert browser.client.post("/language", data={"csrf_token": token}).status_code == 403


def test_anonymous_forms_are_protected_too(browser, another):
    token = another().token("/login")

    answer = browser.client.post("/language", data={"csrf_token": token, "locale": "da"})

    assert answer.status_code == 403


def test_messages_of_peers_carry_signatures_instead(guarded):
    assert guarded().client.post("/test/inbox").status_code == 202


def test_administrators_pages_are_for_administrators(guarded):
    anonymous, member, chief = guarded(), guarded().signs_in(), guarded("b-1").signs_in()

    answers = [one.client.get("/test/admin").status_code for one in (anonymous, member, chief)]

    assert answers == [302, 403, 200]


def test_a_form_without_a_session_is_asked_to_sign_in(guarded):
    anonymous = guarded()

    answer = anonymous.client.post("/test/admin", data={"csrf_token": anonymous.token("/login")})

    assert answer.status_code == 401


def test_a_partial_leads_the_whole_page_to_the_sign_in(browser):
    answer = browser.client.get("/me/devices", headers={"HX-Request": "true"})

    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login?next=/me/devices")


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",  # AUTH-064
        "/\\evil.example",  # AUTH-065
        "///evil.example",  # AUTH-067
        "\t//evil.example",  # AUTH-068
        "/%09/evil.example",  # AUTH-069
        "https://city-a.example@evil.example",  # AUTH-070
        "https://city-a.example.evil.example",  # AUTH-071
        "data:text/html,x",  # AUTH-074
        "/login?next=//evil.example",  # AUTH-075
        "javascript:alert(1)",
        "/\t/evil.example",
        "/%2f/evil.example",
        "/%5cevil.example",
        "/%252f%252fevil.example",
        "/\r\nSet-Cookie: a=b",
        "http:evil.example",
        "\\\\evil.example",
        "/logout",
        "/" + "a" * 1100,
    ],
)
def test_signing_in_never_leads_to_another_site(browser, wanted):
    answer = browser.sign_in(next=wanted)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    already = browser.client.get("/login", query_string={"next": wanted})
    assert (already.status_code, already.headers["Location"]) == (302, "/")
    assert browser.post("/language", locale="de", next=wanted).headers["Location"] == "/"


def test_another_host_name_is_refused(browser):  # AUTH-076
    answer = browser.client.get("/login", headers={"Host": "evil.example"})

    assert answer.status_code == 400
    assert "evil.example" not in answer.text


@pytest.mark.parametrize("origin", [EVIL, "null"])
def test_no_other_site_may_read(browser, origin):  # AUTH-063
    answer = browser.client.get("/login", headers={"Origin": origin})

    assert answer.status_code == 200
    assert not [name for name, _ in answer.headers if name.lower().startswith("access-control")]


def test_outside_a_request_nobody_is_signed_in(city):
    with city.app_context():
        assert current_account() is None


def invitation(city, hours=0):
    runner = city.test_cli_runner()
    from cop.accounts.cli import invite

    with time_machine.travel(now() + timedelta(hours=hours)):
        return runner.invoke(invite).output.strip()


def test_an_invitation_makes_one_administrator_once(city, browser, another):
    link = invitation(city)
    path = link.removeprefix("http://127.0.0.1:8101")
    asked = browser.client.get(path)
    browser.signs_in(next=query_of(asked.headers["Location"])["next"])
    page = browser.client.get(path)

    answers = [browser.post(path, page=path).status_code, another("b-1").signs_in().post(path, page=path).status_code]

    assert (page.status_code, answers) == (200, [303, 404])
    with city.app_context():
        admins = {one.subject for one in db.session.scalars(select(Account).where(Account.is_admin))}
        assert admins == {"m-1", "b-1"}  # b-1 by the provider's claim


def test_an_invited_administrator_stays_one_though_the_provider_does_not_say_so(city, browser):
    path = invitation(city).removeprefix("http://127.0.0.1:8101")
    browser.signs_in().post(path, page=path)

    browser.signs_in()

    with city.app_context():
        assert db.session.scalars(select(Account.is_admin)).all() == [True]


@pytest.mark.parametrize("path", ["old", "/admin-invitation/guessed"])
def test_an_old_or_guessed_invitation_does_not_hold(city, browser, path):
    path = invitation(city, hours=-25).removeprefix("http://127.0.0.1:8101") if path == "old" else path

    assert browser.signs_in().post(path, page=path).status_code == 404


def test_an_invitation_is_stored_as_a_hash(city):
    token = invitation(city).rpartition("/")[2]

    with city.app_context():
        from cop.accounts.models import AdminInvitation

        assert db.session.scalars(select(AdminInvitation.token_hash)).one() == keyed_hash(token)


def test_the_last_administrator_can_not_be_deactivated(city, another):  # AUTH-093
    another("b-1").signs_in()

    with city.app_context():
        with pytest.raises(Conflict), transaction():
            services.deactivate(db.session.scalars(select(Account)).one())

        assert db.session.scalars(select(Account.deactivated_at)).all() == [None]


def test_an_operator_deactivates_by_the_mail_address_and_takes_it_back(city, browser, another):
    browser.signs_in()
    another("b-1").signs_in()
    with city.app_context():
        email = db.session.scalars(select(Account.email).where(Account.subject == "m-1")).one()

    def deactivate(*words):
        return city.test_cli_runner().invoke(admin_commands, ["deactivate", *words])

    assert deactivate("nobody@kassel.example").exit_code == 1
    assert deactivate(email.upper()).output == f"can sign in no more: {email.upper()}\n"
    assert not browser.is_signed_in
    assert browser.sign_in().status_code == 403
    assert deactivate(email, "--back").exit_code == 0
    assert browser.signs_in().is_signed_in
