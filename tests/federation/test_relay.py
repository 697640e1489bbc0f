# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a trusted city may bring of a third one, and what not."""

import pytest

from federation.keys import generate
from federation.ports import Kept, Level, Peer, PeerState
from federation.proofs import prove
from tests.federation.peer_cities import (
    ACTOR,
    HERE,
    KEY,
    OTHER,
    PEER,
    City,
    a_key,
    a_post,
    an_activity,
    refusal_of,
)

PROOF = generate(f"{OTHER}/actor#proof-1")
ARTICLE = {"id": f"{OTHER}/o/1", "type": "Article", "attributedTo": f"{OTHER}/actor", "name": "Mentoring", "cop:rev": 2}


@pytest.fixture
def city():
    """A city that lets `peer-b` pass things on and reads `peer-c`, whose home of objects it is."""
    city = City()
    city.know(KEY, level_in=Level.RELAY)
    city.cities.add(Peer(OTHER, PeerState.ACTIVE, Level.READ), name="C", keys={PROOF.key_id: PROOF.public})
    return city


def proved(document, *, key=PROOF):
    return prove(document, key=key, at=City().clock())


def test_what_its_home_proved_is_taken(city):
    receipt = city.post(an_activity("Announce", proved(ARTICLE)), KEY)

    assert receipt.kept is Kept.NEW


NOT_TAKEN = [
    (ARTICLE, "proof", 403),
    (proved(ARTICLE) | {"name": "Etwas anderes"}, "proof", 403),
    (proved(ARTICLE, key=generate(PROOF.key_id)), "proof", 403),
    (proved(ARTICLE, key=KEY), "proof", 403),
    (proved(ARTICLE, key=a_key(OTHER)), "proof", 403),
    (proved(ARTICLE | {"attributedTo": ACTOR}), "origin", 403),
    (proved(ARTICLE | {"id": f"{PEER}/o/1", "attributedTo": ACTOR}), "proof", 403),
    (proved(ARTICLE | {"id": f"{HERE}/o/1", "attributedTo": f"{HERE}/actor"}), "relay", 403),
    (proved(ARTICLE | {"id": "https://d.example/o/1", "attributedTo": "https://d.example/actor"}), "relay", 403),
    (proved(ARTICLE | {"id": "not an id"}), "origin", 403),
    (proved({"type": "Article"}), "shape", 400),
    (ARTICLE["id"], "shape", 400),
]


@pytest.mark.parametrize(("document", "code", "status"), NOT_TAKEN, ids=range(len(NOT_TAKEN)))
def test_what_its_home_did_not_prove_is_refused(city, document, code, status):
    assert refusal_of(city, a_post(an_activity("Announce", document), KEY, at=city.clock())) == (code, status)


@pytest.mark.parametrize(
    "home", [Peer(OTHER, PeerState.ENDED, Level.READ), Peer(OTHER, PeerState.ACTIVE, Level.PUBLIC)]
)
def test_whom_we_do_not_read_is_not_read_through_others(city, home):
    city.cities.settle(home)

    refusal = refusal_of(city, a_post(an_activity("Announce", proved(ARTICLE)), KEY, at=city.clock()))

    assert refusal == ("relay", 403)


def test_below_level_4_nobody_passes_anything_on(city):
    city.know(KEY)

    refusal = refusal_of(city, a_post(an_activity("Announce", proved(ARTICLE)), KEY, at=city.clock()))

    assert refusal == ("level", 403)
