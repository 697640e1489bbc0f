# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which cities get what."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cop.base.audience import Audience
from cop.sharing.rules import HUES, badge, matter_of, next_night, receivers

PEERS = {"reads": 2, "works": 3, "relays": 4, "public": 1, "blocked": 0}
MEMBERS = {"works", "reads", "gone"}


@pytest.mark.parametrize(
    ("audience", "inside", "expected"),
    [
        (Audience.COMMUNITY, False, {"works"}),
        (Audience.CITY, False, set()),
        (Audience.PEERS, False, {"works", "reads", "relays"}),
        (Audience.PUBLIC, False, {"works", "reads", "relays"}),
        (Audience.COMMUNITY, True, {"works"}),
        (Audience.CITY, True, set()),
        (Audience.PEERS, True, {"works"}),
        (Audience.PUBLIC, True, {"works"}),
    ],
)
def test_who_gets_what(audience, inside, expected) -> None:
    assert receivers(audience, members=MEMBERS, peers=PEERS, inside=inside) == expected


names = st.text("abc", min_size=1, max_size=3)


@given(
    st.sampled_from(list(Audience)),
    st.sets(names),
    st.dictionaries(names, st.integers(0, 4)),
    st.booleans(),
)
def test_only_peers_get_anything_and_what_is_inside_goes_to_member_cities_only(
    audience, members, peers, inside
) -> None:
    found = receivers(audience, members=members, peers=peers, inside=inside)

    assert found <= {origin for origin, level in peers.items() if level >= 2}
    if inside:
        assert found <= members


@pytest.mark.parametrize(
    ("name", "short", "letters"),
    [
        ("Stadt Kassel", "Kassel", "KA"),
        ("Aalborg Kommune", "Aalborg", "AA"),
        ("Landkreis Göttingen", "Göttingen", "GÖ"),
        ("Stadt", "Stadt", "ST"),
        ("42", "42", "?"),
    ],
)
def test_a_city_has_a_badge_before_it_says_so_itself(name, short, letters) -> None:
    shown = badge(name, "https://city.example")

    assert (shown["short"], shown["letters"], shown["hue"] in HUES) == (short, letters, True)


def test_a_change_and_a_withdrawal_are_one_matter() -> None:
    assert matter_of("Offer", "Update") == matter_of("Offer", "Delete")
    assert matter_of("Offer", "cop:Rotation") != matter_of("Offer", "cop:Assignment")
    assert matter_of("Announce", None) is None


@pytest.mark.parametrize(
    ("at", "zone", "night"),
    [
        ("2026-01-14T01:59:00+00:00", "Europe/Berlin", "2026-01-14T02:00:00+00:00"),
        ("2026-01-14T02:00:00+00:00", "Europe/Berlin", "2026-01-15T02:00:00+00:00"),
        ("2026-01-14T23:30:00+00:00", "Europe/Berlin", "2026-01-15T02:00:00+00:00"),
        ("2026-03-28T12:00:00+00:00", "Europe/Berlin", "2026-03-29T01:00:00+00:00"),
    ],
)
def test_the_next_night_begins_at_three_where_the_city_is(at: str, zone: str, night: str) -> None:
    assert next_night(datetime.fromisoformat(at), zone).isoformat() == night
