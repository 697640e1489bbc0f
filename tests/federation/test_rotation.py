# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Announcing a new key."""

import pytest

from federation.errors import Refused
from federation.keys import from_pem, to_pem
from federation.rotation import NewKey, announce, read_announcement
from tests.federation.peer_cities import HERE, OTHER, PEER, a_key

OLD, NEW, OTHERS = a_key(), a_key(name="peer-2"), a_key(OTHER, "peer-2")
SAID = announce(origin=PEER, old=OLD, new=NEW)


def read(said=SAID, *, origin=PEER, old=OLD):
    return read_announcement(said, origin=origin, key_id=old.key_id, public=old.public)


def test_what_one_city_announces_another_reads():
    assert read() == NewKey(NEW.key_id, NEW.public)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (None, ("shape", 400)),
        ({}, ("key", 400)),
        (SAID | {"cop:newKey": "peer-2"}, ("key", 400)),
        (SAID | {"cop:oldKey": f"{PEER}/actor#peer-9"}, ("rotation", 403)),
        (SAID | {"cop:proof": None}, ("rotation", 403)),
        (SAID | {"cop:proof": "é"}, ("rotation", 403)),
        (SAID | {"cop:proof": "AAAA"}, ("rotation", 403)),
        (announce(origin=HERE, old=OLD, new=NEW), ("rotation", 403)),
        (announce(origin=PEER, old=a_key(), new=NEW), ("rotation", 403)),
        (announce(origin=PEER, old=OLD, new=OTHERS), ("origin", 403)),
        (announce(origin=PEER, old=OLD, new=a_key(name="proof-2")), ("key", 400)),
        (announce(origin=PEER, old=OLD, new=OLD), ("key", 400)),
        (
            SAID | {"cop:newKey": announce(origin=PEER, old=OLD, new=a_key(name="peer-2"))["cop:newKey"]},
            ("rotation", 403),
        ),
        (
            SAID | {"cop:proof": announce(origin=PEER, old=OLD, new=a_key(name="peer-3"))["cop:proof"]},
            ("rotation", 403),
        ),
    ],
)
def test_what_is_no_announcement_of_this_key_is_refused(said, expected):
    with pytest.raises(Refused) as refusal:
        read(said)
    assert (refusal.value.code, refusal.value.status) == expected


def test_who_has_the_old_key_only_can_not_announce_the_new_one():
    forged = from_pem(NEW.key_id, to_pem(OLD))

    with pytest.raises(Refused):
        read(announce(origin=PEER, old=OLD, new=forged) | {"cop:newKey": SAID["cop:newKey"]})


def test_an_announcement_counts_for_the_key_it_was_sent_with():
    with pytest.raises(Refused):
        read(old=a_key(name="peer-3"))


def test_one_key_serves_every_peer():
    assert OLD.for_peer(HERE) is OLD
