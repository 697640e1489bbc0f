# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Objects that prove themselves, against the vector that FEP-8b32 publishes."""

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given
from hypothesis import strategies as st

from federation import base58
from federation.errors import Refused
from federation.keys import SigningKey, from_multibase, generate
from federation.proofs import check_proof, claimed_proof_key, prove

AT = datetime(2023, 2, 24, 23, 36, 38, tzinfo=UTC)
#: fep-8b32.feature
PUBLISHED_KEY_ID = "https://server.example/users/alice#ed25519-key"
PUBLISHED_SECRET = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"
PUBLISHED_PUBLIC = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
PUBLISHED_VALUE = "z42ffGu6AUKPCFcFPiabmUvnGLPJzC7e4DGWC52NUasSSH37UMa9c58tdgVszUcZfytxa4fQ5TYHaJENCxUDe9SdL"
PUBLISHED = {
    "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v2"],
    "id": "https://server.example/activities/1",
    "type": "Create",
    "actor": "https://server.example/users/alice",
    "object": {
        "id": "https://server.example/objects/1",
        "type": "Note",
        "attributedTo": "https://server.example/users/alice",
        "content": "Hello world",
        "location": {"type": "Place", "longitude": -71.184902, "latitude": 25.273962},
    },
}
KEY = generate("https://kassel.example/actor#proof-1")
ARTICLE = {"id": "https://kassel.example/o/1", "type": "Article", "name": "Führung in Teilzeit", "cop:rev": 3}


def published_key():
    secret = base58.decode(PUBLISHED_SECRET, length=34)[2:]
    return SigningKey(PUBLISHED_KEY_ID, Ed25519PrivateKey.from_private_bytes(secret))


def refusal_of(document, key=KEY):
    with pytest.raises(Refused) as refusal:
        check_proof(document, key_id=key.key_id, public_key=key.public)
    return refusal.value.code, refusal.value.status


def test_the_published_proof_is_ours():
    proved = prove(PUBLISHED, key=published_key(), at=AT)

    assert proved["proof"]["proofValue"] == PUBLISHED_VALUE
    assert proved["proof"]["@context"] == PUBLISHED["@context"]
    check_proof(proved, key_id=PUBLISHED_KEY_ID, public_key=from_multibase(PUBLISHED_PUBLIC))


def test_a_part_of_an_activity_is_proved_without_a_context():
    proved = prove(ARTICLE, key=KEY, at=AT)

    assert claimed_proof_key(proved) == KEY.key_id
    assert "@context" not in proved["proof"]
    check_proof(proved, key_id=KEY.key_id, public_key=KEY.public)


def test_a_new_proof_takes_the_place_of_the_old():
    assert prove(prove(ARTICLE, key=KEY, at=AT), key=KEY, at=AT) == prove(ARTICLE, key=KEY, at=AT)


def test_an_object_without_a_proof_names_no_key():
    assert claimed_proof_key(ARTICLE) is None


@pytest.mark.parametrize("proof", ["z", [], [{}], {}, {"verificationMethod": 7}])
def test_what_is_not_one_proof_names_no_key_either(proof):
    with pytest.raises(Refused) as refusal:
        claimed_proof_key(ARTICLE | {"proof": proof})
    assert (refusal.value.code, refusal.value.status) == ("proof", 403)


@pytest.mark.parametrize(
    "change",
    [{"name": "Etwas anderes"}, {"cop:rev": 4}, {"x": 1}, {"@context": "https://www.w3.org/ns/activitystreams"}],
    ids=str,
)
def test_an_altered_object_is_refused(change):
    assert refusal_of(prove(ARTICLE, key=KEY, at=AT) | change) == ("proof", 403)


def test_an_object_that_lost_something_is_refused():
    proved = prove(ARTICLE, key=KEY, at=AT)
    del proved["name"]

    assert refusal_of(proved) == ("proof", 403)


@pytest.mark.parametrize(
    "change",
    [
        {"created": "2023-02-24T23:36:39Z"},
        {"created": None},
        {"cryptosuite": "eddsa-rdfc-2022"},
        {"type": "Ed25519Signature2020"},
        {"proofPurpose": "authentication"},
        {"verificationMethod": "https://kassel.example/actor#proof-2"},
        {"expires": "2033-02-24T23:36:38Z"},
        {"@context": []},
        {"proofValue": None},
        {"proofValue": "z"},
        {"proofValue": "z0OIl"},
        {"proofValue": "z" + "2" * 87},
        {"proofValue": "z" + "z" * 88},
    ],
    ids=str,
)
def test_an_altered_proof_is_refused(change):
    proved = prove(ARTICLE, key=KEY, at=AT)

    assert refusal_of(proved | {"proof": proved["proof"] | change}) == ("proof", 403)


def test_another_key_proves_nothing():
    other = generate(KEY.key_id)

    assert refusal_of(prove(ARTICLE, key=KEY, at=AT), key=other) == ("proof", 403)


@given(st.binary(min_size=1, max_size=70))
@example(b":")
def test_base58_comes_back_as_it_went(content):
    assert base58.decode(base58.encode(content), length=len(content)) == content
