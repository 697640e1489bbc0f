# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The test vectors of docs/protocol.md, from which somebody else can build the same protocol."""

import re
import secrets
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.answers import sign_answer, verify_answer
from federation.chain import START, commitment, link
from federation.digests import Digest
from federation.invitations import City, proof, token_hash
from federation.keys import SigningKey, fingerprint, to_multibase
from federation.origins import Origin
from federation.ports import Answer, Request
from federation.rotation import announce
from federation.signing import sign_request, verify_request
from federation.strict_json import loads

TEXT = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
KEY = SigningKey("https://kassel.example/actor#peer-1", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
AT = datetime(2026, 1, 14, 9, tzinfo=UTC)
ANSWER_KEY = SigningKey(
    "https://aalborg.example/actor#peer-1", Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64)))
)
ANSWER_NONCE = "EBESExQVFhcYGRobHB0eHw"
NONCE = "AAECAwQFBgcICQoLDA0ODw"


def block(name: str) -> str:
    found = re.search(rf"^```[a-z]+ {name}\n(.*?)\n```$", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None, name
    return found[1]


@pytest.fixture
def request_of_the_page() -> Request:
    head, _, body = block("request").partition("\n\n")
    first, *lines = head.splitlines()
    method, url = first.split()
    return Request(method, url, dict(line.split(": ", 1) for line in lines), body.encode())


def test_the_key_is_shown_as_the_page_says() -> None:
    assert f"`{to_multibase(KEY.public)}`" in TEXT
    assert fingerprint(KEY.public) == block("fingerprint")


def test_a_new_key_is_announced_as_the_page_says() -> None:
    new = SigningKey("https://kassel.example/actor#peer-2", ANSWER_KEY.private)

    assert announce(origin=Origin("https://kassel.example"), old=KEY, new=new)["cop:proof"] == block("rotation")


def test_the_request_is_what_we_send(request_of_the_page: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "token_urlsafe", lambda length: NONCE)
    page = request_of_the_page
    bare = Request(page.method, page.url, {"content-type": page.headers["content-type"]}, page.body)

    assert sign_request(bare, key=KEY, at=AT) == page


def test_the_request_verifies(request_of_the_page: Request) -> None:
    signed = verify_request(request_of_the_page, key_id=KEY.key_id, public_key=KEY.public, at=AT)

    assert (signed.key_id, signed.nonce) == (KEY.key_id, NONCE)
    assert loads(request_of_the_page.body)["type"] == "Like"


def test_the_signature_is_over_the_base_of_the_page(request_of_the_page: Request) -> None:
    signature = b64decode(request_of_the_page.headers["signature"].removeprefix("sig1=:").removesuffix(":"))

    assert KEY.private.sign(block("base").encode()) == signature


@pytest.fixture
def answer_of_the_page() -> Answer:
    first, *lines = block("answer").splitlines()
    return Answer(int(first), dict(line.split(": ", 1) for line in lines))


def test_the_answer_is_what_we_send(
    request_of_the_page: Request, answer_of_the_page: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "token_urlsafe", lambda length: ANSWER_NONCE)
    page = answer_of_the_page
    bare = Answer(page.status, {"content-type": page.headers["content-type"]}, page.body)

    assert sign_answer(bare, request=request_of_the_page, key=ANSWER_KEY, at=AT) == page
    assert f"`{to_multibase(ANSWER_KEY.public)}`" in TEXT


def test_the_answer_verifies(request_of_the_page: Request, answer_of_the_page: Answer) -> None:
    key_id, public = ANSWER_KEY.key_id, ANSWER_KEY.public
    signed = verify_answer(answer_of_the_page, request=request_of_the_page, public_key=public, key_id=key_id, at=AT)

    assert (signed.key_id, signed.nonce) == (key_id, ANSWER_NONCE)


def test_the_answers_signature_is_over_the_base_of_the_page(answer_of_the_page: Answer) -> None:
    signature = b64decode(answer_of_the_page.headers["signature"].removeprefix("sig1=:").removesuffix(":"))

    assert ANSWER_KEY.private.sign(block("answer-base").encode()) == signature


def test_the_digest_is_the_bodys(request_of_the_page: Request) -> None:
    digest = b64encode(sha256(request_of_the_page.body).digest()).decode()

    assert request_of_the_page.headers["content-digest"] == f"sha-256=:{digest}:"


def test_the_proof_of_an_offer_is_what_the_page_says() -> None:
    city = City(Origin("https://kassel.example"), "Stadt Kassel", {KEY.key_id: KEY.public})

    assert proof(token_hash(bytes(range(32))), to=Origin("https://aalborg.example"), city=city) == block("proof")


def test_the_commitment_and_the_chain_are_what_the_page_says(request_of_the_page: Request) -> None:
    committed = commitment(bytes(range(16)), loads(request_of_the_page.body))

    assert committed.hex() == block("commitment")
    assert link(START, committed).hex() == block("hash")


def test_the_digest_of_objects_is_what_the_page_says() -> None:
    entries = [line.split() for line in block("entries").splitlines()]

    digest = Digest((object_id, int(rev)) for object_id, rev in entries)

    assert digest.document == {"count": len(entries), "digest": block("digest")}
