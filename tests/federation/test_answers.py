# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from http_message_signatures import HTTPMessageVerifier, MappingKeyResolver
from http_message_signatures.algorithms import ED25519
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from federation.answers import sign_answer, verify_answer
from federation.errors import Refused
from federation.ports import Answer, Request
from federation.signing import claimed_key_id, content_digest, sign_request
from tests.federation.peer_cities import HERE, a_key, a_post

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOW = int(AT.timestamp())
OURS, KEY = a_key(HERE), a_key()
PROBLEM = "application/problem+json"
ASKED = a_post({"type": "Create"}, OURS, at=AT, to="https://peer-b.example")
BARE = Answer(202, {"content-type": PROBLEM, "date": "today"}, b"{}")
COMPONENTS = '("@status" "content-type" "content-digest" "@method";req "@target-uri";req "signature";req;key="sig1")'
PARAMETERS = {
    "created": str(NOW),
    "expires": str(NOW + 120),
    "nonce": '"abcdefghijklmnopqrstuv"',
    "keyid": f'"{KEY.key_id}"',
    "tag": '"cop-fed/1"',
}


def verify(answer, *, request=ASKED, at=AT, key=KEY):
    key_id = claimed_key_id(answer.headers)
    return verify_answer(answer, request=request, public_key=key.public, key_id=key_id, at=at)


def refusal_of(answer, **changes):
    with pytest.raises(Refused) as refusal:
        verify(answer, **changes)
    return refusal.value.code


def with_headers(answer, **headers):
    changed = {**answer.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return replace(answer, headers={name: value for name, value in changed.items() if value is not None})


def sign_by_hand(*, components=COMPONENTS, key=KEY, label="sig1", **changes):
    """Sign as RFC 9421 sections 2.4 and 2.5 say, without the library; None takes a parameter away."""
    parameters = {**PARAMETERS, **changes}
    inputs = components + "".join(f";{name}={value}" for name, value in parameters.items() if value is not None)
    values = {
        '"@status"': "202",
        '"content-type"': PROBLEM,
        '"content-digest"': content_digest(b"{}"),
        '"date"': "today",
        '"@method";req': "POST",
        '"@target-uri";req': "https://peer-b.example/inbox",
        '"@authority";req': "peer-b.example",
        '"content-digest";req': ASKED.headers["content-digest"],
        '"signature";req;key="sig1"': ASKED.headers["signature"].removeprefix("sig1="),
    }
    names = components[1:-1].split()
    lines = [f"{name}: {values[name]}" for name in names] + [f'"@signature-params": {inputs}']
    signature = base64.b64encode(key.private.sign("\n".join(lines).encode())).decode()
    return with_headers(
        BARE,
        content_digest=content_digest(b"{}"),
        signature_input=f"{label}={inputs}",
        signature=f"{label}=:{signature}:",
    )


def test_an_answer_is_signed_for_its_request():
    signed = sign_answer(BARE, request=ASKED, key=KEY, at=AT)

    assert (signed.status, signed.body, signed.headers["date"]) == (202, b"{}", "today")
    assert verify(signed).key_id == KEY.key_id
    assert verify(signed).expires == AT + timedelta(seconds=120)


def test_an_answer_signed_by_hand_verifies():
    assert verify(sign_by_hand()).nonce == "abcdefghijklmnopqrstuv"


def test_the_library_alone_reads_what_we_signed():
    signed = sign_answer(BARE, request=ASKED, key=KEY, at=AT)
    request = SimpleNamespace(method=ASKED.method, url=ASKED.url, headers=ASKED.headers)
    message = SimpleNamespace(status_code=202, headers=signed.headers, request=request)
    keys = MappingKeyResolver(public_keys={KEY.key_id: KEY.private.public_key()}, private_keys={})

    class Patient(HTTPMessageVerifier):
        def validate_created_and_expires(self, sig_input, max_age=None):
            pass

    (result,) = Patient(signature_algorithm=ED25519, key_resolver=keys).verify(message, body=b"{}")

    assert [*result.covered_components][:-1] == COMPONENTS[1:-1].split()


def test_components_may_come_in_another_order():
    backwards = " ".join(reversed(COMPONENTS[1:-1].split()))

    assert verify(sign_by_hand(components=f"({backwards})")).key_id == KEY.key_id


def test_the_answer_to_a_get_is_signed_too():
    request = sign_request(Request("GET", f"{HERE}/o/1?page=2", {}), key=OURS, at=AT)
    answer = sign_answer(BARE, request=request, key=KEY, at=AT)

    assert verify(answer, request=request).key_id == KEY.key_id
    assert refusal_of(answer, request=ASKED) == "signature"


def test_every_answer_has_its_own_nonce():
    first, second = (verify(sign_answer(BARE, request=ASKED, key=KEY, at=AT)) for _ in range(2))

    assert first.nonce != second.nonce


def test_a_signature_in_other_words_is_the_same_signature():
    """The last digit of base64 has bits that mean nothing; both sides must read the same out of it."""
    text = ASKED.headers["signature"]
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = digits[digits.index(text[-4]) + 1]
    asked = replace(ASKED, headers={**ASKED.headers, "signature": f"{text[:-4]}{other}{text[-3:]}"})

    assert verify(sign_answer(BARE, request=asked, key=KEY, at=AT), request=ASKED).key_id == KEY.key_id


def test_the_answer_to_a_request_that_was_not_signed_is_not_signed():
    for signature in ("sig1=:AAAA:", "sig1=:"):
        request = replace(ASKED, headers={"signature": signature})
        with pytest.raises(Refused):
            sign_answer(BARE, request=request, key=KEY, at=AT)


def without(name):
    return {"components": COMPONENTS.replace(f"{name} ", "").replace(f" {name}", "")}


BY_HAND = [
    ({"label": "sig2"}, "signature"),
    ({"components": "()"}, "signature"),
    (without('"@status"'), "signature"),
    (without('"content-type"'), "signature"),
    (without('"content-digest"'), "signature"),
    (without('"@method";req'), "signature"),
    (without('"@target-uri";req'), "signature"),
    (without('"signature";req;key="sig1"'), "signature"),
    ({"components": COMPONENTS.replace(")", ' "date")')}, "signature"),
    ({"components": COMPONENTS.replace(")", ' "@authority";req)')}, "signature"),
    ({"components": COMPONENTS.replace('"content-digest"', '"content-digest";req')}, "signature"),
    ({"components": COMPONENTS.replace(")", ' "@status")')}, "signature"),
    ({"created": None}, "window"),
    ({"expires": None}, "window"),
    ({"nonce": None}, "nonce"),
    ({"nonce": '"short"'}, "nonce"),
    ({"keyid": None}, "signature"),
    ({"tag": None}, "signature"),
    ({"tag": '"cop-fed/2"'}, "version"),
    ({"tag": '"cop-fed/01"'}, "signature"),
    ({"tag": '"mastodon"'}, "signature"),
    ({"alg": '"hmac-sha256"'}, "signature"),
    ({"foo": '"x"'}, "signature"),
    ({"created": str(NOW - 121), "expires": str(NOW - 1)}, "window"),
    ({"created": str(NOW + 61), "expires": str(NOW + 100)}, "window"),
    ({"created": str(NOW - 60), "expires": str(NOW - 1)}, "window"),
    ({"expires": str(NOW + 121)}, "window"),
    ({"created": "1.5"}, "signature"),
    ({"key": a_key()}, "signature"),
    ({"key": OURS}, "signature"),
]


@pytest.mark.parametrize(("changes", "code"), BY_HAND, ids=lambda value: str(value)[:80])
def test_a_validly_signed_answer_that_breaks_the_profile_is_refused(changes, code):
    assert refusal_of(sign_by_hand(**changes)) == code


def doubled(answer):
    given = answer.headers
    return {
        "signature_input": f"{given['signature-input']}, sig2={given['signature-input'][5:]}",
        "signature": f"{given['signature']}, sig2={given['signature'][5:]}",
    }


AFTERWARDS = {
    "another status": (lambda answer: replace(answer, status=200), "signature"),
    "another type": (lambda answer: with_headers(answer, content_type="text/html"), "signature"),
    "no type": (lambda answer: with_headers(answer, content_type=None), "signature"),
    "another body": (lambda answer: replace(answer, body=b"{ }"), "digest"),
    "no body": (lambda answer: replace(answer, body=b""), "digest"),
    "another body and digest": (
        lambda answer: with_headers(replace(answer, body=b"x"), content_digest=content_digest(b"x")),
        "signature",
    ),
    "no digest": (lambda answer: with_headers(answer, content_digest=None), "signature"),
    "no signature": (lambda answer: with_headers(answer, signature=None), "signature"),
    "no input": (lambda answer: with_headers(answer, signature_input=None), "signature"),
    "two signatures": (lambda answer: with_headers(answer, **doubled(answer)), "signature"),
    "the request's own signature": (
        lambda answer: with_headers(
            answer, signature=ASKED.headers["signature"], signature_input=ASKED.headers["signature-input"]
        ),
        "signature",
    ),
}


@pytest.mark.parametrize("name", AFTERWARDS)
def test_an_answer_that_was_changed_after_signing_is_refused(name):
    change, code = AFTERWARDS[name]

    assert refusal_of(change(sign_answer(BARE, request=ASKED, key=KEY, at=AT))) == code


OTHER_REQUESTS = {
    "another try": lambda: a_post({"type": "Create"}, OURS, at=AT, to="https://peer-b.example"),
    "another body": lambda: a_post({"type": "Delete"}, OURS, at=AT, to="https://peer-b.example"),
    "another path": lambda: replace(ASKED, url=f"{ASKED.url}?x"),
    "another method": lambda: replace(ASKED, method="PUT"),
    "no signature": lambda: replace(ASKED, headers={}),
}


@pytest.mark.parametrize("name", OTHER_REQUESTS)
def test_an_answer_fits_no_other_request(name):
    answer = sign_answer(BARE, request=ASKED, key=KEY, at=AT)

    assert refusal_of(answer, request=OTHER_REQUESTS[name]()) == "signature"


@settings(max_examples=50)
@given(st.binary(max_size=300), st.integers(200, 599), st.integers(-60, 120))
def test_what_is_signed_verifies_until_it_is_too_old(body, status, seconds):
    answer = sign_answer(Answer(status, {"content-type": PROBLEM}, body), request=ASKED, key=KEY, at=AT)

    assert verify(answer, at=AT + timedelta(seconds=seconds)).key_id == KEY.key_id


SIGNED = sign_by_hand()


@settings(max_examples=300)
@given(
    st.sampled_from(["signature", "signature-input", "content-digest", "content-type"]),
    st.integers(0, 10_000),
    st.integers(1, 93),
)
def test_no_changed_character_in_a_signed_header_passes(name, place, shift):
    value = SIGNED.headers[name]
    place %= len(value)
    assume(name != "signature" or place != len(value) - 4)  # the last digit of base64 has bits that mean nothing
    character = chr(33 + (ord(value[place]) - 33 + shift) % 94)

    refused = replace(SIGNED, headers={**SIGNED.headers, name: value[:place] + character + value[place + 1 :]})

    assert refusal_of(refused) in {"signature", "version"}
