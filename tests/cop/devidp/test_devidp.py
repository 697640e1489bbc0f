# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The development provider is a strict provider: what it hands out can be relied on in tests."""

import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import KeySet

from cop.devidp.faults import FAULTS
from cop.devidp.realms import Client, Persona, Realm
from cop.devidp.setup import create_devidp, start_devidp

CALLBACK = "http://127.0.0.1:5000/login/callback"
GOODBYE = "http://127.0.0.1:5000/signed-out"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
SENT = {
    "response_type": "code",
    "client_id": "rp",
    "redirect_uri": CALLBACK,
    "scope": "openid profile email",
    "state": "S",
    "nonce": "N",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


def a_realm(slug="kassel", locale="de", alg="RS256"):
    persona = Persona("m-1", "Miriam Ahlsdorf", "m@kassel.example", "Stadt Kassel", "Personalamt", ("cop-admins",))
    return Realm(slug, slug.title(), locale, [persona], [Client("rp", "s" * 32, (CALLBACK,), (GOODBYE,))], alg=alg)


@pytest.fixture(scope="module")
def devidp():
    running = start_devidp([a_realm(), a_realm("aalborg", "da", "ES256")], development=True, test_controls=True)
    yield running
    running.close()


@pytest.fixture(autouse=True)
def _no_faults(devidp):
    yield
    for slug in devidp.realms:
        requests.post(f"{devidp.base}/{slug}/control", timeout=5)


def signed_in(issuer, **changes):
    sent = {name: value for name, value in {**SENT, **changes}.items() if value is not None}
    return requests.post(f"{issuer}/authorize", params=sent, data={"persona": "m-1"}, allow_redirects=False, timeout=5)


def told(answer):
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def exchange(issuer, right_code, **changes):
    form = {
        "grant_type": "authorization_code",
        "code": right_code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        **changes,
    }
    return requests.post(f"{issuer}/token", data=form, auth=("rp", "s" * 32), timeout=5)


@pytest.mark.parametrize("slug", ["kassel", "aalborg"])
def test_a_sign_in_gives_an_id_token_that_the_published_keys_verify(devidp, slug):
    issuer = f"{devidp.base}/{slug}"
    found = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=5).json()

    back = told(signed_in(issuer))
    tokens = exchange(issuer, back["code"]).json()

    assert (back["state"], back["iss"]) == ("S", issuer)
    keys = KeySet.import_key_set(requests.get(found["jwks_uri"], timeout=5).json())
    token = jwt.decode(tokens["id_token"], keys, algorithms=[devidp.realms[slug].alg])
    about = {name: token.claims[name] for name in ("iss", "aud", "sub", "nonce", "name", "organisation", "groups")}
    assert about == {
        "iss": issuer,
        "aud": "rp",
        "sub": "m-1",
        "nonce": "N",
        "name": "Miriam Ahlsdorf",
        "organisation": "Stadt Kassel",
        "groups": ["cop-admins"],
    }
    userinfo = requests.get(
        found["userinfo_endpoint"], headers={"Authorization": f"Bearer {tokens['access_token']}"}, timeout=5
    )
    assert userinfo.json()["sub"] == "m-1"


def test_the_published_keys_hold_no_private_part(devidp):
    keys = requests.get(f"{devidp.base}/kassel/jwks", timeout=5).json()["keys"]

    assert [sorted(key) for key in keys] == [
        ["alg", "e", "kid", "kty", "n", "use"],
        ["alg", "crv", "kid", "kty", "use", "x", "y"],
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None},
        {"code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge": "short"},
        {"nonce": None},
        {"response_type": "token"},
    ],
)
def test_a_sign_in_that_lacks_pkce_or_nonce_comes_back_with_an_error(devidp, changes):
    back = told(signed_in(f"{devidp.base}/kassel", **changes))

    assert "code" not in back
    assert back["error"] in {"invalid_request", "unsupported_response_type"}
    assert (back["iss"], back["state"]) == (f"{devidp.base}/kassel", "S")


@pytest.mark.parametrize("changes", [{"client_id": "stranger"}, {"redirect_uri": "http://127.0.0.1:9/"}])
def test_a_stranger_is_not_sent_anywhere(devidp, changes):
    answer = signed_in(f"{devidp.base}/kassel", **changes)

    assert answer.status_code in {400, 401}
    assert "Location" not in answer.headers


def test_a_person_who_cancels_comes_back_with_access_denied(devidp):
    answer = requests.post(
        f"{devidp.base}/kassel/authorize", params=SENT, data={"persona": ""}, allow_redirects=False, timeout=5
    )

    assert told(answer)["error"] == "access_denied"


@pytest.mark.parametrize(
    "changes", [{"code_verifier": "w" * 43}, {"code_verifier": ""}, {"redirect_uri": GOODBYE}, {"code": "guessed"}]
)
def test_a_code_is_worth_nothing_to_who_did_not_ask_for_it(devidp, changes):
    code = told(signed_in(f"{devidp.base}/kassel"))["code"]

    answer = exchange(f"{devidp.base}/kassel", code, **changes)

    assert answer.status_code == 400


def test_a_code_works_once(devidp):
    code = told(signed_in(f"{devidp.base}/kassel"))["code"]

    answers = [exchange(f"{devidp.base}/kassel", code).status_code for _ in range(2)]

    assert answers == [200, 400]


def test_a_code_of_one_issuer_is_worth_nothing_at_the_other(devidp):
    code = told(signed_in(f"{devidp.base}/kassel"))["code"]

    assert exchange(f"{devidp.base}/aalborg", code).status_code == 400


def test_userinfo_needs_a_token(devidp):
    assert requests.get(f"{devidp.base}/kassel/userinfo", timeout=5).status_code == 401


def test_the_logout_leads_back_only_with_the_id_token_and_to_a_known_address(devidp):
    issuer = f"{devidp.base}/kassel"
    hint = exchange(issuer, told(signed_in(issuer))["code"]).json()["id_token"]
    end = f"{issuer}/end-session"
    known = {"id_token_hint": hint, "post_logout_redirect_uri": GOODBYE, "state": "T"}

    back = requests.get(end, params=known, allow_redirects=False, timeout=5)
    unknown = requests.get(end, params={**known, "post_logout_redirect_uri": CALLBACK}, timeout=5)
    forged = requests.get(end, params={**known, "id_token_hint": f"{hint}x"}, allow_redirects=False, timeout=5)

    assert back.headers["Location"] == f"{GOODBYE}?state=T"
    assert (unknown.status_code, "abgemeldet" in unknown.text) == (200, True)
    assert (forged.status_code, "Location" in forged.headers) == (400, False)


@pytest.mark.parametrize(("slug", "question"), [("kassel", "Als wer"), ("aalborg", "Hvem vil du")])
def test_the_page_shows_the_personas_in_the_issuers_language(devidp, slug, question):
    page = requests.get(f"{devidp.base}/{slug}/authorize", params=SENT, timeout=5)

    assert page.status_code == 200
    assert question in page.text
    assert "Miriam Ahlsdorf" in page.text
    assert "style=" not in page.text


def test_the_page_refuses_what_the_button_would_refuse(devidp):
    answer = requests.get(
        f"{devidp.base}/kassel/authorize",
        params={**SENT, "code_challenge_method": "plain"},
        allow_redirects=False,
        timeout=5,
    )

    assert told(answer)["error"] == "invalid_request"


def test_another_host_name_is_refused(devidp):
    answer = requests.get(f"{devidp.base}/kassel/jwks", headers={"Host": "evil.example"}, timeout=5)

    assert answer.status_code == 403


def test_an_unknown_realm_or_fault_is_refused(devidp):
    assert requests.get(f"{devidp.base}/koeln/jwks", timeout=5).status_code == 404
    assert requests.post(f"{devidp.base}/kassel/control", data={"fault": "?"}, timeout=5).status_code == 400


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_fault_changes_something_and_can_be_switched_off(devidp, fault):
    issuer = f"{devidp.base}/kassel"

    requests.post(f"{issuer}/control", data={"fault": fault}, timeout=5)

    assert devidp.realms["kassel"].tampering == FAULTS[fault]
    requests.post(f"{issuer}/control", timeout=5)
    assert exchange(issuer, told(signed_in(issuer))["code"]).status_code == 200


def test_without_the_test_mode_there_is_no_control():
    app = create_devidp([a_realm()], base="http://127.0.0.1:5001", development=True)

    answer = app.test_client().post("/kassel/control", headers={"Host": "127.0.0.1:5001"})

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("base", "development"),
    [("http://127.0.0.1:5001", False), ("http://0.0.0.0:5001", True), ("https://x.example", True)],
)
def test_it_refuses_to_be_built_outside_development_or_off_loopback(base, development):
    with pytest.raises(RuntimeError):
        create_devidp([a_realm()], base=base, development=development)
