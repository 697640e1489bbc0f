# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A member of a partner city comes to us: what we take from the browser and from its city, and what ends a visit."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cop.accounts.models import LoginAttempt
from cop.base.audience import Audience
from cop.base.clock import now
from cop.base.db import db, transaction
from cop.communities.models import MembershipRecord, MemberState
from cop.sharing import quarantine
from cop.sharing.models import PeerKey
from cop.visits.jobs import tidy
from cop.visits.models import GuestSession
from tests.builders import a_community, a_meeting, a_person, a_record
from tests.cop.visits.conftest import ABSENT, HERE, JWT_BEARER, Browser, count, query_of, set_level
from tests.reader import Reader

OTHER_KEY = Ed25519PrivateKey.generate()


def test_the_way_to_the_visitors_city_carries_what_the_protocol_says(door):
    there, _, query = door.start().headers["Location"].partition("?")

    sent = query_of(f"?{query}")
    assert there == f"{door.city.origin}/visits/authorize"
    assert sent | {"state": "", "nonce": "", "code_challenge": ""} == {
        "response_type": "code",
        "client_id": HERE,
        "redirect_uri": f"{HERE}/visits/callback",
        "scope": "openid",
        "code_challenge_method": "S256",
        "login_hint": door.uri,
        "state": "",
        "nonce": "",
        "code_challenge": "",
    }


def test_we_bring_the_code_with_the_verifier_and_prove_ourselves(door):
    assert door.come().status_code == 302

    ((path, form),) = door.city.asked
    assert path == "/visits/token"
    assert form | {"client_assertion": "", "code_verifier": ""} == {
        "grant_type": "authorization_code",
        "code": "c",
        "redirect_uri": f"{HERE}/visits/callback",
        "client_assertion_type": JWT_BEARER,
        "client_assertion": "",
        "code_verifier": "",
    }


@pytest.mark.parametrize("target", ["community", "meeting"])
def test_whoever_comes_stands_where_they_wanted_to(door, target):
    answer = door.come(target=target)

    path = {"community": "communities", "meeting": "meetings"}[target]
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/{path}/{door.ids[target]}")
    assert door.is_open


def test_the_cookie_of_a_visit_is_no_session_and_is_kept_from_scripts(door):
    header = next(text for text in door.come().headers.getlist("Set-Cookie") if "-visit=" in text)

    assert ("HttpOnly" in header, "SameSite=Lax" in header) == (True, True)
    assert door.browser.get("/me").status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://nobody.example"},
        {"iss": ABSENT},
        {"iss": HERE},
        {"iss": "http://a\0", "login_hint": "http://a\0/m/6f9619ff-8b86-4011-b42d-00c04fc964ff"},
        {"login_hint": ABSENT},
        {"login_hint": "https://nobody.example/m/6f9619ff-8b86-4011-b42d-00c04fc964ff"},
        {"login_hint": "m-1"},
        {"target_link_uri": ABSENT},
        {"target_link_uri": "https://evil.example/o/6f9619ff-8b86-4011-b42d-00c04fc964ff"},
        {"target_link_uri": f"{HERE}@evil.example/o/6f9619ff-8b86-4011-b42d-00c04fc964ff"},
        {"target_link_uri": f"{HERE}.evil.example/o/6f9619ff-8b86-4011-b42d-00c04fc964ff"},
        {"target_link_uri": "//evil.example"},
        {"target_link_uri": f"{HERE}//evil.example"},
        {"target_link_uri": f"{HERE}/me"},
        {"target_link_uri": f"{HERE}/o/6f9619ff-8b86-4011-b42d-00c04fc964ff?next=//evil.example"},
    ],
    ids="-".join,
)
def test_a_visit_that_begins_wrongly_leads_nowhere(door, wrong):
    answer = door.start(**wrong)

    assert answer.status_code in {400, 403}
    assert answer.headers.get("Location") is None
    assert count(LoginAttempt) == 0


def test_a_target_that_is_not_of_the_visitors_community_leads_to_the_community(door):
    with transaction():
        other = a_meeting(a_community("CoP Ordnung"))
        door.targets["other"] = other.uri
    door.targets["nothing"] = f"{HERE}/o/{uuid4()}"

    for target in ("other", "nothing"):
        assert door.come(target=target).headers["Location"] == f"/communities/{door.ids['community']}"


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": OTHER_KEY},
        {"header": {"alg": "none"}},
        {"header": {"alg": "HS256"}},
        {"header": {"typ": "logout+jwt"}},
        {"header": {"typ": "client-authentication+jwt"}},
        {"header": {"kid": "https://nobody.example/actor#oidc-1"}},
        {"header": {"kid": ABSENT}},
        {"header": {"jwk": {"kty": "OKP"}, "kid": ABSENT}},
        {"header": {"crit": ["bork"]}},
        {"iss": "https://other.example"},
        {"iss": ABSENT},
        {"aud": "https://other.example"},
        {"aud": [HERE, "https://other.example"]},
        {"aud": ABSENT},
        {"nonce": "old"},
        {"nonce": ABSENT},
        {"exp": 1},
        {"exp": ABSENT},
        {"iat": 0},
        {"iat": ABSENT},
        {"sub": ABSENT},
        {"sub": ""},
        {"sub": "https://nobody.example/m/6f9619ff-8b86-4011-b42d-00c04fc964ff"},
        {"sid": ABSENT},
        {"sid": ""},
        {"sid": "x" * 100},
        {"sid": 7},
        {"sid": "a\0b"},
        {"header": {"kid": "\0"}},
    ],
    ids="-".join,
)
def test_an_id_token_that_is_not_exactly_right_opens_nothing(door, wrong):
    answer = door.come(**wrong)

    assert answer.status_code == 403
    assert (door.is_open, count(GuestSession)) == (False, 0)


@pytest.mark.parametrize(
    "answer",
    [(400, {"error": "invalid_grant"}), (200, {}), (200, []), (200, b"<html>"), (200, b""), (200, {"id_token": 7})],
    ids=["no", "no token", "a list", "no json", "nothing", "a number"],
)
def test_an_answer_of_the_city_that_is_no_token_opens_nothing(door, answer):
    asked = query_of(door.start().headers["Location"])
    door.city.answer = lambda form: answer

    back = {"code": "c", "state": asked["state"], "iss": door.city.origin}

    assert door.browser.get("/visits/callback", **back).status_code == 403


def test_a_city_that_is_away_is_said_to_be(door):
    asked = query_of(door.start().headers["Location"])
    door.city.close()

    back = {"code": "c", "state": asked["state"], "iss": door.city.origin}
    answer = door.browser.get("/visits/callback", **back)

    assert answer.status_code == 503


@pytest.mark.parametrize(
    "callback",
    [
        {"state": "of-an-attacker"},
        {"state": ABSENT},
        {"iss": "https://evil.example"},
        {"iss": ABSENT},
        {"code": ABSENT},
        {"error": "access_denied"},
        {"code": ["c", "d"]},
    ],
    ids="-".join,
)
def test_what_the_browser_brings_back_must_be_what_was_asked(door, callback):
    assert door.come(callback=callback).status_code == 403
    assert door.city.asked == []


def test_a_state_of_another_browser_is_refused(door, app):
    asked = query_of(door.start().headers["Location"])

    back = {"code": "c", "state": asked["state"], "iss": door.city.origin}
    assert Browser(app.test_client()).get("/visits/callback", **back).status_code == 403
    assert door.browser.get("/visits/callback", **back).status_code == 403
    assert door.city.asked == []


def test_a_sign_in_of_our_own_can_not_come_back_as_a_visit_nor_a_visit_as_one(door):
    asked = query_of(door.start().headers["Location"])

    back = {"code": "c", "state": asked["state"], "iss": door.city.origin}
    answer = door.browser.get("/login/callback", **back)

    assert answer.status_code == 404
    assert door.browser.get("/me").status_code == 302


def test_an_answer_of_another_partner_is_not_taken(door, heidelberg):
    asked = query_of(door.start().headers["Location"])
    door.city.answer = lambda form: (200, {"id_token": heidelberg.id_token(door.uri, asked["nonce"])})

    back = {"code": "c", "state": asked["state"], "iss": door.city.origin}

    assert door.browser.get("/visits/callback", **back).status_code == 403


def test_a_partner_says_nothing_of_another_partners_people(door, heidelberg):
    with transaction():
        other = a_record(db.session.merge(door.community), "Selin", origin=heidelberg.origin).uri

    assert door.come(sub=other).status_code == 403


def test_a_partner_says_nothing_of_our_own_people(door):
    with transaction():
        own = a_record(db.session.merge(door.community), "Karin").uri

    assert door.come(sub=own).status_code == 403


def test_a_key_for_requests_opens_no_visit(door):
    with transaction():
        key = db.session.query(PeerKey).one()
        key.key_id = key.key_id.replace("#oidc-1", "#peer-1")

    assert door.come(header={"kid": f"{door.city.origin}/actor#peer-1"}).status_code == 403


@pytest.mark.parametrize("change", ["level", "ended", "held", "left", "revoked", "hidden"])
def test_what_changes_ends_the_visit_at_once_and_opens_none(door, change):
    door.come()
    assert door.is_open

    with transaction():
        if change == "left":
            db.session.query(MembershipRecord).filter_by(uri=door.uri).one().state = MemberState.LEFT
        if change == "hidden":
            db.session.merge(door.community).visibility = Audience.CITY
        if change == "held":
            quarantine.begin_quarantine(door.city.origin, since=now(), holds=True, by=None)
        if change == "revoked":
            db.session.query(PeerKey).one().valid_until = now()
    if change in {"level", "ended"}:
        set_level(door.city, **({"level_in": 2} if change == "level" else {"state": "ended"}))

    assert door.is_open == (change == "revoked")
    door.browser.client.delete_cookie("reihum-8101-visit", domain="127.0.0.1")
    if change in {"level", "ended", "held"}:
        assert door.start().status_code == 403
    else:
        assert door.come().status_code == 403


def test_what_stays_in_this_city_is_not_for_visitors(door):
    with transaction():
        door.meeting = db.session.merge(door.meeting)
        door.meeting.audience = Audience.CITY
    door.come()

    assert door.browser.get(f"/meetings/{door.ids['meeting']}").status_code == 403
    for tab in ("", "/meetings", "/topics"):
        page = door.browser.get(f"/communities/{door.ids['community']}{tab}")
        assert (page.status_code, str(door.ids["meeting"]) in page.text) == (200, False)


def test_a_visit_is_over_after_an_hour_of_rest_and_forgotten(door):
    door.come()

    with time_machine.travel(now() + timedelta(minutes=61), tick=False):
        assert not door.is_open
        tidy()

    assert count(GuestSession) == 0


def test_somebody_with_an_account_here_needs_no_visit(door, app):
    with transaction():
        nadja = a_person("Nadja")
    door.browser = Browser(Reader(app, nadja).client)

    assert door.start().headers["Location"] == f"/communities/{door.ids['community']}"
    assert count(LoginAttempt) == 0


def test_a_form_of_a_visitor_needs_the_token_of_the_visit(door):
    door.come()

    answer = door.browser.post(f"/meetings/{door.ids['meeting']}/topics", title="Neu", pitch="")

    assert answer.status_code == 403


def test_a_visit_in_use_goes_on_for_longer_than_an_hour(door):
    door.come()

    for minutes in (50, 100):
        with time_machine.travel(now() + timedelta(minutes=minutes), tick=False):
            assert door.is_open
