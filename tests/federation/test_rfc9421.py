# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The published vectors of RFC 9421 that touch what we use: Ed25519, answers, and answers bound to their requests."""

import base64
import hashlib
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, MappingKeyResolver
from http_message_signatures.algorithms import ECDSA_P256_SHA256, ED25519

from federation import keys
from federation.message_signatures import signature_base

# Appendix B.1.4
ED25519_KEY = keys.from_pem(
    "test-key-ed25519",
    b"""-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
-----END PRIVATE KEY-----
""",
)
# Appendix B.1.3
P256_KEY = load_pem_public_key(
    b"""-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lf
w0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==
-----END PUBLIC KEY-----
"""
)
# Appendix B.2
REQUEST = SimpleNamespace(
    method="POST",
    url="https://example.com/foo?param=Value&Pet=dog",
    headers={
        "Host": "example.com",
        "Date": "Tue, 20 Apr 2021 02:07:55 GMT",
        "Content-Type": "application/json",
        "Content-Digest": "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:",
        "Content-Length": "18",
    },
)
B26_INPUT = (
    '("date" "@method" "@path" "@authority" "content-type" "content-length")'
    ';created=1618884473;keyid="test-key-ed25519"'
)
B26 = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
DIGEST_200 = "sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:"
DIGEST_503 = "sha-512=:0Y6iCBzGg5rZtoXS95Ijz03mslf6KAMCloESHObfwnHJDbkkWWQz6PhhU9kxsTbARtY2PTBOzq24uJFpHsMuAg==:"
ANSWERS = {
    "B.2.4": SimpleNamespace(
        status_code=200,
        headers={
            "Date": "Tue, 20 Apr 2021 02:07:56 GMT",
            "Content-Type": "application/json",
            "Content-Digest": DIGEST_200,
            "Content-Length": "23",
            "Signature-Input": (
                'sig-b24=("@status" "content-type" "content-digest" "content-length")'
                ';created=1618884473;keyid="test-key-ecc-p256"'
            ),
            "Signature": (
                "sig-b24=:wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==:"
            ),
        },
        body=b'{"message": "good dog"}',
        request=None,
        base=[
            ('"@status"', "200"),
            ('"content-type"', "application/json"),
            ('"content-digest"', DIGEST_200),
            ('"content-length"', "23"),
        ],
    ),
    "2.4": SimpleNamespace(
        status_code=503,
        headers={
            "Date": "Tue, 20 Apr 2021 02:07:56 GMT",
            "Content-Type": "application/json",
            "Content-Digest": DIGEST_503,
            "Content-Length": "62",
            "Signature-Input": (
                'reqres=("@status" "content-digest" "content-type" "@authority";req "@method";req "@path";req '
                '"content-digest";req);created=1618884479;keyid="test-key-ecc-p256"'
            ),
            "Signature": (
                "reqres=:dMT/A/76ehrdBTD/2Xx8QuKV6FoyzEP/I9hdzKN8LQJLNgzU4W767HK05rx1i8meNQQgQPgQp8wq2ive3tV5Ag==:"
            ),
        },
        body=b'{"busy": true, "message": "Your call is very important to us"}',
        request=REQUEST,
        base=[
            ('"@status"', "503"),
            ('"content-digest"', DIGEST_503),
            ('"content-type"', "application/json"),
            ('"@authority";req', "example.com"),
            ('"@method";req', "POST"),
            ('"@path";req', "/foo"),
            ('"content-digest";req', REQUEST.headers["Content-Digest"]),
        ],
    ),
}


class Timeless(HTTPMessageVerifier):
    """Verifies what was signed in 2021."""

    def validate_created_and_expires(self, sig_input, max_age=None):
        pass


def test_the_library_signs_as_appendix_b_2_6_does():
    message = SimpleNamespace(method="POST", url=REQUEST.url, headers=dict(REQUEST.headers))
    resolver = MappingKeyResolver(public_keys={}, private_keys={ED25519_KEY.key_id: ED25519_KEY.private})

    HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=resolver).sign(
        message,
        key_id=ED25519_KEY.key_id,
        created=datetime.fromtimestamp(1618884473, tz=UTC),
        label="sig-b26",
        use_existing_digest=True,
        include_alg=False,
        covered_component_ids=("date", "@method", "@path", "@authority", "content-type", "content-length"),
    )

    assert base64.b64encode(ED25519_KEY.public) == b"JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs="
    assert message.headers["Signature-Input"] == f"sig-b26={B26_INPUT}"
    assert message.headers["Signature"] == f"sig-b26=:{B26}:"


def test_the_library_verifies_appendix_b_2_6():
    headers = {**REQUEST.headers, "Signature-Input": f"sig-b26={B26_INPUT}", "Signature": f"sig-b26=:{B26}:"}
    message = SimpleNamespace(method="POST", url=REQUEST.url, headers=headers)
    resolver = MappingKeyResolver(public_keys={"test-key-ed25519": ED25519_KEY.private.public_key()}, private_keys={})

    (result,) = Timeless(signature_algorithm=ED25519, key_resolver=resolver).verify(message, max_age=None)

    assert result.parameters == {"created": 1618884473, "keyid": "test-key-ed25519"}


def test_our_own_signature_base_is_that_of_appendix_b_2_6():
    components = [
        ('"date"', "Tue, 20 Apr 2021 02:07:55 GMT"),
        ('"@method"', "POST"),
        ('"@path"', "/foo"),
        ('"@authority"', "example.com"),
        ('"content-type"', "application/json"),
        ('"content-length"', "18"),
    ]

    signature = ED25519_KEY.private.sign(signature_base(components, B26_INPUT))

    assert base64.b64encode(signature).decode() == B26


@pytest.mark.parametrize("name", ANSWERS)
def test_the_library_verifies_answers_of_the_rfc(name):
    resolver = MappingKeyResolver(public_keys={"test-key-ecc-p256": P256_KEY}, private_keys={})
    verifier = Timeless(signature_algorithm=ECDSA_P256_SHA256, key_resolver=resolver)
    answer = ANSWERS[name]

    (result,) = verifier.verify(answer, max_age=None, body=answer.body)

    assert list(result.covered_components.items())[:-1] == answer.base


@pytest.mark.parametrize("name", ANSWERS)
def test_our_own_signature_base_is_that_of_the_rfcs_answers(name):
    answer = ANSWERS[name]
    parameters = answer.headers["Signature-Input"].partition("=")[2]
    signature = base64.b64decode(answer.headers["Signature"].partition("=:")[2].removesuffix(":"))

    ECDSA_P256_SHA256(public_key=P256_KEY).verify(signature, signature_base(answer.base, parameters))


@pytest.mark.parametrize(
    "message", [*ANSWERS.values(), SimpleNamespace(headers=REQUEST.headers, body=b'{"hello": "world"}')]
)
def test_the_digests_of_the_rfc_are_of_its_bodies(message):
    digest = base64.b64encode(hashlib.sha512(message.body).digest()).decode()

    assert message.headers["Content-Digest"] == f"sha-512=:{digest}:"
