# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The city's own key."""

import pytest
from cryptography.fernet import InvalidToken
from flask import Flask
from sqlalchemy import select

from cop.base.db import db, transaction
from cop.sharing.keys import own_keys, public_keys
from cop.sharing.models import OwnKey, PeerKey
from cop.sharing.services import pin_keys
from federation.keys import to_pem
from tests.builders import AALBORG, a_peer

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


def test_another_secret_does_not_open_them(app: Flask) -> None:
    own_keys(SECRET)

    with pytest.raises(InvalidToken):
        own_keys("another secret of thirty-two characters")


def test_a_city_vouches_for_its_other_keys_but_never_for_another_one_of_requests(app: Flask) -> None:
    with transaction():
        a_peer()
        pin_keys(AALBORG, {f"{AALBORG}/actor#proof-1": bytes(range(32)), f"{AALBORG}/actor#peer-9": bytes(32)})

    pinned = {key.key_id for key in db.session.scalars(select(PeerKey))}
    assert f"{AALBORG}/actor#proof-1" in pinned
    assert f"{AALBORG}/actor#peer-9" not in pinned
