# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The city's own keys."""

from datetime import timedelta

import pytest
from cryptography.fernet import InvalidToken
from flask import Flask
from sqlalchemy import select

from cop.base.db import db, transaction
from cop.base.errors import Conflict
from cop.base.events import subscribe
from cop.sharing import partnering, peer_keys
from cop.sharing.documents.city import city_document
from cop.sharing.events import KeysChanged
from cop.sharing.hub import hub
from cop.sharing.jobs import tidy
from cop.sharing.keyring import unconfirmed
from cop.sharing.keys import own_keys, public_keys, seal_anew
from cop.sharing.models import InvitationRecord, OwnKey, PeerKey, TrustEvent
from cop.sharing.rotating import revoke_own_keys, rotate_key
from cop.sharing.services import pin_keys
from federation.keys import Purpose, fingerprint, to_pem
from tests.builders import AALBORG, HEIDELBERG, a_peer

SECRET = "a secret of thirty-two characters at least"


def test_the_keys_are_made_once_and_stay(app: Flask) -> None:
    first = own_keys(SECRET)

    assert [key.key_id for key in first.values()] == [
        f"http://127.0.0.1:8101/actor#{name}" for name in ("peer-1", "proof-1", "oidc-1")
    ]
    again = own_keys(SECRET)
    assert {purpose: to_pem(key) for purpose, key in again.items()} == {
        purpose: to_pem(key) for purpose, key in first.items()
    }
    assert public_keys() == {key.key_id: key.public for key in first.values()}


def test_the_keys_lie_encrypted(app: Flask) -> None:
    keys = own_keys(SECRET)

    for stored, key in zip(
        db.session.scalars(select(OwnKey.private).order_by(OwnKey.made_at)), keys.values(), strict=True
    ):
        assert b"PRIVATE" not in stored
        assert key.private.private_bytes_raw() not in stored


def test_they_are_encrypted_with_another_secret(app: Flask) -> None:
    before = {purpose: to_pem(key) for purpose, key in own_keys(SECRET).items()}
    another = "another secret of thirty-two characters"

    with transaction():
        assert seal_anew(another, former=SECRET) == len(Purpose)

    assert {purpose: to_pem(key) for purpose, key in own_keys(another).items()} == before
    with pytest.raises(InvalidToken):
        own_keys(SECRET)


def test_nothing_is_encrypted_anew_without_the_former_secret(app: Flask) -> None:
    before = {purpose: to_pem(key) for purpose, key in own_keys(SECRET).items()}

    with pytest.raises(InvalidToken), transaction():
        seal_anew("another secret of thirty-two characters", former="not the former one, of course not")

    assert {purpose: to_pem(key) for purpose, key in own_keys(SECRET).items()} == before


def test_another_secret_does_not_open_them(app: Flask) -> None:
    own_keys(SECRET)

    with pytest.raises(InvalidToken):
        own_keys("another secret of thirty-two characters")


def test_a_new_key_stands_beside_the_old_one_until_the_overlap_is_over(app: Flask) -> None:
    first = hub().keys[Purpose.PEER]
    code = rotate_key(Purpose.PEER, by=None)

    newest = hub().keys[Purpose.PEER]
    assert (newest.key_id, fingerprint(newest.public)) == (first.key_id.replace("peer-1", "peer-2"), code)
    assert next(iter(public_keys())) == newest.key_id
    assert first.key_id in public_keys()
    _age_keys(timedelta(days=31))
    tidy()
    assert first.key_id not in public_keys()
    assert db.session.scalar(select(OwnKey.private).where(OwnKey.key_id == first.key_id)) == b""


def test_towards_each_city_the_newest_key_that_it_knows_is_used(app: Flask) -> None:
    first = hub().keys[Purpose.PEER]
    with transaction():
        a_peer()
        a_peer(HEIDELBERG)
    rotate_key(Purpose.PEER, by=None)
    second = hub().keys[Purpose.PEER]
    ring = hub().keyring

    assert (ring.for_peer(AALBORG).key_id, ring.for_peer(HEIDELBERG).key_id) == (first.key_id, first.key_id)
    assert unconfirmed() == [AALBORG, HEIDELBERG]
    with transaction():
        peer_keys.keep_taken(AALBORG, [first.key_id, second.key_id])
    assert (ring.for_peer(AALBORG).key_id, ring.for_peer(HEIDELBERG).key_id) == (second.key_id, first.key_id)
    assert ring.for_peer("https://stranger.example").key_id == second.key_id
    assert unconfirmed() == [HEIDELBERG]
    _age_keys(timedelta(days=31))
    tidy()
    ring.forget()
    assert ring.for_peer(HEIDELBERG).key_id == second.key_id


def test_keys_for_objects_stay_listed_for_a_while_since_proofs_name_them(app: Flask) -> None:
    assert hub().keys
    for _ in range(2):
        rotate_key(Purpose.PROOF, by=None)
        _age_keys(timedelta(days=31))
    tidy()

    names = [key_id.partition("#")[2] for key_id in public_keys()]
    assert [name for name in names if name.startswith("proof")] == ["proof-3", "proof-2", "proof-1"]
    with pytest.raises(Conflict):
        rotate_key(Purpose.PROOF, by=None)


def test_keys_that_are_given_up_are_not_listed_any_more(app: Flask) -> None:
    before = {key.key_id for key in hub().keys.values()}
    with app.app_context():
        partnering.invite(by=None)

    revoke_own_keys(by=None)

    assert {key_id.partition("#")[2] for key_id in public_keys()} == {"peer-2", "proof-2", "oidc-2"}
    assert set(city_document(to=AALBORG)["cop:revoked"]) == before
    assert db.session.scalars(select(InvitationRecord)).all() == []
    codes = list(db.session.scalars(select(TrustEvent.code).order_by(TrustEvent.number)))
    assert codes == ["invited", *["own_key_revoked"] * 3, *["own_key_made"] * 3]


def test_a_change_that_fails_leaves_the_key(app: Flask) -> None:
    first = hub().keys[Purpose.PEER]
    subscribe(app, KeysChanged, lambda event: 1 / 0, in_transaction=True)

    with pytest.raises(ZeroDivisionError):
        rotate_key(Purpose.PEER, by=None)

    assert hub().keys[Purpose.PEER].key_id == first.key_id


def _age_keys(span: timedelta) -> None:
    with transaction():
        for kept in db.session.scalars(select(OwnKey)):
            kept.made_at -= span


def test_a_city_vouches_for_its_other_keys_but_never_for_another_one_of_requests(app: Flask) -> None:
    with transaction():
        a_peer()
        pin_keys(AALBORG, {f"{AALBORG}/actor#proof-1": bytes(range(32)), f"{AALBORG}/actor#peer-9": bytes(32)})

    pinned = {key.key_id for key in db.session.scalars(select(PeerKey))}
    assert f"{AALBORG}/actor#proof-1" in pinned
    assert f"{AALBORG}/actor#peer-9" not in pinned
