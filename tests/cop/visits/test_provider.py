# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Our member goes to a partner city: what that city must bring to learn who comes."""

from datetime import timedelta

import pytest
import time_machine
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import select

from cop.accounts.models import LoginSession, SpentToken
from cop.base.clock import now
from cop.base.db import db, transaction
from cop.communities.models import MembershipRecord, MemberState
from cop.visits.models import VisitAbroad, VisitCode, VisitConsent
from tests.builders import a_community, a_person, a_record
from tests.cop.visits.conftest import ABSENT, HERE, JWT_BEARER, Browser, count, query_of, set_level
from tests.reader import Reader

VERIFIER = "v" * 64


class Way:
    """Bram, a member of a community of Aalborg, and what Aalborg asks."""

    def __init__(self, app, city):
        self.app, self.city = app, city
        with transaction():
            bram = a_person("Bram Osterloh")
            community = a_community(origin=city.origin)
            self.uri = a_record(community, person=bram, shows_name=False, role_title="HR").uri
        self.bram = Reader(app, bram)

    def asked(self, **changes):
        """The query with which Aalborg sends the browser here, but for what is changed."""
        right = {
            "response_type": "code",
            "client_id": self.city.origin,
            "redirect_uri": f"{self.city.origin}/visits/callback",
            "scope": "openid",
            "state": "s" * 43,
            "nonce": "n" * 43,
            "code_challenge": create_s256_code_challenge(VERIFIER),
            "code_challenge_method": "S256",
            "login_hint": self.uri,
        }
        return {name: value for name, value in (right | changes).items() if value is not ABSENT}

    def go(self, **changes):
        return Browser(self.bram.client).get("/visits/authorize", **self.asked(**changes))

    def agree(self):
        with transaction():
            db.session.add(VisitConsent(person_id=self.bram.person_id, city=self.city.origin, given_at=now()))

    def code(self):
        """Go there, having agreed; return what the browser carries."""
        if not count(VisitConsent):
            self.agree()
        return query_of(self.go().headers["Location"])["code"]

    def exchange(self, brought, *, assertion=None, **changes):
        """Bring a code, as Aalborg does, but for what is changed."""
        right = {
            "grant_type": "authorization_code",
            "code": brought,
            "redirect_uri": f"{self.city.origin}/visits/callback",
            "code_verifier": VERIFIER,
            "client_assertion_type": JWT_BEARER,
            "client_assertion": assertion or self.city.assertion(),
        }
        form = {name: value for name, value in (right | changes).items() if value is not ABSENT}
        return Browser(self.app.test_client()).post("/visits/token", **form)


def named(wrong):
    return "-".join(wrong) if isinstance(wrong, dict) else wrong


@pytest.fixture
def way(app, aalborg) -> Way:
    return Way(app, aalborg)


def test_the_page_that_asks_says_under_which_name_one_goes_and_gives_nothing_away(way):
    page = way.go()

    assert page.status_code == 200
    assert ("HR" in page.text, "Bram Osterloh" in page.text.partition("<main")[2]) == (True, False)
    assert count(VisitCode) == 0


def test_who_agreed_is_sent_on_at_once_with_the_state_and_our_name(way):
    way.agree()

    told = query_of(way.go().headers["Location"])

    assert {name: told[name] for name in ("state", "iss")} == {"state": "s" * 43, "iss": HERE}


def test_agreeing_leads_on_by_a_page_since_the_policy_lets_no_form_lead_out(way):
    query = "&".join(f"{name}={value}" for name, value in way.asked().items())

    answer = way.bram.post(f"/visits/authorize?{query}")

    assert answer.headers["Refresh"].startswith(f"0; url={way.city.origin}/visits/callback?code=")
    assert (count(VisitConsent), count(VisitCode)) == (1, 1)


def test_the_city_learns_the_random_id_and_nothing_else(way):
    answer = way.exchange(way.code())

    assert answer.status_code == 200
    keys = KeySet.import_key_set(way.app.test_client().get("/visits/keys").get_json())
    token = jwt.decode(answer.get_json()["id_token"], keys, algorithms=["Ed25519"])
    visit = db.session.scalars(select(VisitAbroad)).one()
    assert token.claims | {"iat": 0, "exp": 0} == {
        "iss": HERE,
        "sub": way.uri,
        "aud": way.city.origin,
        "nonce": "n" * 43,
        "sid": visit.sid,
        "iat": 0,
        "exp": 0,
    }
    assert set(answer.get_json()) == {"access_token", "expires_in", "id_token", "scope", "token_type"}


def test_the_description_names_what_is_there(app):
    told = app.test_client().get("/.well-known/openid-configuration").get_json()

    rules = {f"{HERE}{rule.rule}" for rule in app.url_map.iter_rules()}
    assert told["issuer"] == HERE
    assert {value for name, value in told.items() if name.endswith(("_endpoint", "_uri"))} <= rules


OTHER_KEY = Ed25519PrivateKey.generate()


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": OTHER_KEY},
        {"header": {"alg": "none"}},
        {"header": {"alg": "HS256"}},
        {"header": {"alg": "EdDSA"}},
        {"header": {"typ": "JWT"}},
        {"header": {"typ": ABSENT}},
        {"header": {"kid": ABSENT}},
        {"header": {"kid": "https://nobody.example/actor#oidc-1"}},
        {"header": {"crit": ["bork"]}},
        {"iss": "https://other.example"},
        {"sub": "https://other.example"},
        {"sub": ABSENT},
        {"aud": "https://other.example"},
        {"aud": f"{HERE}/visits/token"},
        {"aud": [HERE, "https://other.example"]},
        {"aud": ABSENT},
        {"jti": ABSENT},
        {"jti": 7},
        {"jti": "x" * 300},
        {"exp": 1},
        {"exp": ABSENT},
        {"exp": 4_000_000_000},
        {"iat": ABSENT},
        {"iat": "now"},
        {"iat": 4_000_000_000, "exp": 4_000_000_010},
    ],
    ids=named,
)
def test_a_city_that_does_not_prove_itself_learns_nothing(way, wrong):
    code = way.code()

    answer = way.exchange(code, assertion=way.city.assertion(**wrong))

    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_client")
    assert (count(VisitAbroad), count(VisitCode), count(SpentToken)) == (0, 1, 0)


def test_an_assertion_holds_once(way):
    assertion = way.city.assertion()
    assert way.exchange(way.code(), assertion=assertion).status_code == 200

    assert way.exchange(way.code(), assertion=assertion).status_code == 400

    assert count(VisitAbroad) == 1


def test_an_assertion_is_too_old_after_two_minutes(way):
    assertion, code = way.city.assertion(), way.code()

    with time_machine.travel(now() + timedelta(seconds=121), tick=False):
        assert way.exchange(code, assertion=assertion).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_assertion": ABSENT},
        {"client_assertion": "a.b.c"},
        {"client_assertion": "x" * 9000},
        {"client_assertion_type": ABSENT},
        {"client_assertion": ABSENT, "client_assertion_type": ABSENT, "client_id": "", "client_secret": ""},
    ],
    ids=named,
)
def test_nobody_is_taken_for_a_city_without_an_assertion(way, wrong):
    assert way.exchange(way.code(), **wrong).status_code == 400


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"code": ABSENT}, "invalid_request"),
        ({"code": "made-up"}, "invalid_grant"),
        ({"code_verifier": "w" * 64}, "invalid_grant"),
        ({"code_verifier": ABSENT}, "invalid_request"),
        ({"redirect_uri": "https://evil.example/visits/callback"}, "invalid_grant"),
        ({"redirect_uri": ABSENT}, "invalid_grant"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
    ],
    ids=named,
)
def test_an_exchange_that_is_not_exactly_right_is_refused(way, wrong, error):
    answer = way.exchange(way.code(), **wrong)

    assert (answer.status_code, answer.get_json()["error"]) == (400, error)
    assert count(VisitAbroad) == 0


def test_a_code_holds_once_also_when_the_first_exchange_fails(way):
    code = way.code()
    assert way.exchange(code, code_verifier="w" * 64).status_code == 400

    assert way.exchange(code).status_code == 400


def test_a_code_is_too_old_after_a_minute(way):
    code = way.code()

    with time_machine.travel(now() + timedelta(seconds=60), tick=False):
        assert way.exchange(code).get_json()["error"] == "invalid_grant"


def test_a_code_is_of_the_city_it_was_made_for(way, heidelberg):
    code = way.code()

    assert way.exchange(code, assertion=heidelberg.assertion()).get_json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "wrong", [{"level_out": 2}, {"level_out": 0}, {"state": "ended"}, {"state": "asked"}], ids=named
)
def test_what_changes_between_the_steps_counts_at_once(way, wrong):
    code = way.code()
    set_level(way.city, **wrong)

    assert way.exchange(code).get_json()["error"] == "invalid_client"
    assert way.go().status_code == 400


def test_who_signed_out_meanwhile_does_not_come(way):
    code = way.code()
    with transaction():
        db.session.query(LoginSession).delete()

    assert way.exchange(code).get_json()["error"] == "invalid_grant"


def test_who_left_meanwhile_does_not_come(way):
    code = way.code()
    with transaction():
        db.session.query(MembershipRecord).one().state = MemberState.LEFT

    assert way.exchange(code).get_json()["error"] == "invalid_grant"
    assert way.go().status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "https://nobody.example"},
        {"client_id": "https://a\0"},
        {"client_id": ABSENT},
        {"redirect_uri": "https://evil.example/visits/callback"},
        {"redirect_uri": ABSENT},
    ],
    ids=named,
)
def test_nobody_is_sent_to_an_address_that_is_no_partners(way, wrong):
    way.agree()

    answer = way.go(**wrong)

    assert (answer.status_code, answer.headers.get("Location")) == (400, None)
    assert count(VisitCode) == 0


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"code_challenge": ABSENT}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"nonce": ABSENT}, "invalid_request"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
    ],
    ids=named,
)
def test_what_a_city_asks_wrongly_it_is_told(way, wrong, error):
    way.agree()

    told = query_of(way.go(**wrong).headers["Location"])

    assert (told["error"], told["iss"]) == (error, HERE)
    assert count(VisitCode) == 0


def test_a_visit_of_somebody_else_is_refused_without_telling_the_city(way, app, aalborg):
    with transaction():
        other = a_record(a_community("CoP Ordnung", origin=aalborg.origin), "Karin").uri
    way.agree()

    for hint in (other, "made-up", ABSENT, f"{HERE}/m/../m/x"):
        answer = way.go(login_hint=hint)
        assert (answer.status_code, answer.headers.get("Location")) == (403, None)


def test_a_community_of_another_city_is_no_reason_to_go_to_this_one(way, heidelberg):
    way.agree()

    answer = way.go(client_id=heidelberg.origin, redirect_uri=f"{heidelberg.origin}/visits/callback")

    assert answer.status_code == 403


def test_who_is_not_signed_in_signs_in_first_and_comes_back(way):
    answer = Browser(way.app.test_client()).get("/visits/authorize", **way.asked())

    assert query_of(answer.headers["Location"])["next"].startswith("/visits/authorize?response_type=code")


def test_nobody_agrees_to_what_no_partner_asked(way):
    query = "&".join(f"{name}={value}" for name, value in way.asked(client_id="https://nobody.example").items())

    assert way.bram.post(f"/visits/authorize?{query}").status_code == 400

    assert count(VisitConsent) == 0
