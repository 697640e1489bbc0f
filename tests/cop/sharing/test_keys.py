# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The city's own key."""

import pytest
from cryptography.fernet import InvalidToken
from flask import Flask
from sqlalchemy import select

from cop.base.db import db
from cop.sharing.keys import own_key
from cop.sharing.models import OwnKey
from federation.keys import to_pem

SECRET = "a secret of thirty-two characters at least"


def test_the_key_is_made_once_and_stays(app: Flask) -> None:
    first = own_key(SECRET)

    assert first.key_id == "http://127.0.0.1:8101/actor#peer-1"
    assert to_pem(own_key(SECRET)) == to_pem(first)


def test_the_key_lies_encrypted(app: Flask) -> None:
    key = own_key(SECRET)

    stored = db.session.scalars(select(OwnKey.private)).one()
    assert b"PRIVATE" not in stored
    assert key.private.private_bytes_raw() not in stored


def test_another_secret_does_not_open_it(app: Flask) -> None:
    own_key(SECRET)

    with pytest.raises(InvalidToken):
        own_key("another secret of thirty-two characters")
