# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The visitor's city says that a visit is over (OpenID Connect Back-Channel Logout 1.0)."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cop.visits.models import GuestSession
from tests.cop.visits.conftest import ABSENT, count, set_level

OTHER_KEY = Ed25519PrivateKey.generate()


@pytest.mark.parametrize("by", ["sid", "sub", "both"])
def test_the_visitors_city_ends_the_visit(door, by):
    door.come()
    named = {"sid": {"sid": door.sid}, "sub": {"sub": door.uri}, "both": {"sid": door.sid, "sub": door.uri}}

    assert door.told(**named[by]).status_code == 200

    assert (door.is_open, count(GuestSession)) == (False, 0)


def test_the_end_is_believed_of_a_city_that_is_no_partner_any_more(door):
    door.come()
    set_level(door.city, state="ended")

    assert door.told(sid=door.sid).status_code == 200

    assert count(GuestSession) == 0


def test_another_city_ends_no_visit_of_this_one(door, heidelberg):
    door.come()

    assert door.send(heidelberg.logout_token(sid=door.sid)).status_code == 200

    assert door.is_open


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": OTHER_KEY},
        {"header": {"typ": "JWT"}},
        {"header": {"alg": "none"}},
        {"iss": "https://other.example"},
        {"aud": "https://other.example"},
        {"nonce": "x"},
        {"events": ABSENT},
        {"jti": ABSENT},
        {"iat": 0},
        {"sid": "a\0"},
        {"sub": ABSENT},
    ],
    ids="-".join,
)
def test_a_logout_token_that_is_not_exactly_right_ends_nothing(door, wrong):
    door.come()

    assert door.told(**{"sub": door.uri} | wrong).status_code == 400

    assert door.is_open


def test_a_logout_token_holds_once(door):
    text = door.city.logout_token(sub=door.uri)
    assert door.send(text).status_code == 200
    door.come()

    assert door.send(text).status_code == 400

    assert door.is_open
