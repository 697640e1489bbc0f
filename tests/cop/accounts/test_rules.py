# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The rules of signing in."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cop.accounts.rules import AttemptLimit, coarse, device_of, identity_from, is_over, ring, safe_path

SINCE_2020 = {"min_value": datetime(2020, 1, 1), "max_value": datetime(2099, 1, 1)}
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ORIGIN = "https://city-a.example"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/me",
        "/communities/3?tab=topics&q=a%20b",
        "/wissen/%C3%BC",
        "/me#devices",
        "/loginfo",
        "/a//b",
        "/search?q=100%25",
    ],
)
def test_a_path_of_ours_may_follow(path):
    assert safe_path(path) == path


@pytest.mark.parametrize("path", [None, "", "me", "/login", "/LOGIN/start", "/signed-out", "/ü"])
def test_what_is_no_path_of_ours_leads_to_the_start(path):
    assert safe_path(path) == "/"


@given(st.text(alphabet=st.sampled_from("/\\:@.%2f5c09aehtps?#\t\r\n evil"), max_size=30))
def test_a_browser_stays_on_the_origin_wherever_it_is_sent(wanted):
    read_like_a_browser = safe_path(wanted).replace("\t", "").replace("\n", "").replace("\r", "").replace("\\", "/")

    assert urlsplit(urljoin(ORIGIN, read_like_a_browser))[:2] == ("https", "city-a.example")


def test_claims_of_other_types_count_as_absent():
    who = identity_from(
        {"sub": "s", "name": ["x"], "email": 7, "organisation": None, "unit": {}, "groups": "admin"},
        issuer="i",
        admin_role="admin",
        organisation="Stadt Kassel",
    )

    assert (who.name, who.email, who.organisation, who.unit, who.admin) == ("?", "", "Stadt Kassel", "", False)


def test_names_are_cleaned_and_cut():
    who = identity_from({"sub": "s", "name": " Mi\u202eri\nam" + "x" * 300, "email": "m@x.example"}, issuer="i")

    assert who.name.startswith("Mi ri am")
    assert len(who.name) == 200


@pytest.mark.parametrize(
    ("claims", "name"),
    [({"name": "A"}, "A"), ({"preferred_username": "b"}, "b"), ({"email": "c@x.example"}, "c"), ({}, "?")],
)
def test_somebody_without_a_name_is_called_by_the_next_best(claims, name):
    assert identity_from({"sub": "s", **claims}, issuer="i").name == name


@pytest.mark.parametrize(
    ("claims", "role_claim", "admin"),
    [
        ({"groups": ["boss"]}, "groups", True),
        ({"realm_access": {"roles": ["boss"]}}, "realm_access.roles", True),
        ({"https://idp/roles": ["boss"]}, "https://idp/roles", True),
        ({"groups": ["Boss", 3, None]}, "groups", False),
        ({"groups": "boss"}, "groups", False),
        ({}, "realm_access.roles", False),
    ],
)
def test_the_administrators_role_is_read_where_the_operator_says(claims, role_claim, admin):
    who = identity_from({"sub": "s", **claims}, issuer="i", role_claim=role_claim, admin_role="boss")

    assert who.admin is admin


def test_a_provider_without_a_configured_role_has_no_say_in_it():
    assert identity_from({"sub": "s", "groups": [""]}, issuer="i").admin is None


@pytest.mark.parametrize(
    ("started", "used", "over"),
    [
        (timedelta(0), timedelta(0), False),
        (timedelta(minutes=59), timedelta(minutes=59), False),
        (timedelta(minutes=60), timedelta(minutes=60), True),
        (timedelta(hours=11, minutes=59), timedelta(0), False),
        (timedelta(hours=12), timedelta(0), True),
    ],
)
def test_a_session_is_over_after_an_idle_hour_or_half_a_day(started, used, over):
    assert is_over(started_at=NOON - started, used_at=NOON - used, now=NOON) is over


@given(st.datetimes(timezones=st.just(UTC), **SINCE_2020))
def test_a_coarse_instant_is_at_most_five_minutes_earlier(instant):
    kept = coarse(instant)

    assert timedelta(0) <= instant - kept < timedelta(minutes=5)
    assert (kept.minute % 5, kept.second, kept.microsecond) == (0, 0, 0)


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36", "Chrome, Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/141.0 Safari/537.36 Edg/141.0", "Edge, Windows"),
        ("x\r\nadmin logged in\x1b[2J", ""),  # AUTH-098
        ("", ""),
    ],
)
def test_a_device_is_named_in_our_own_words(user_agent, name):
    assert device_of(user_agent) == name


def test_a_minute_later_one_may_try_again():
    limit = AttemptLimit(2)
    tries = [limit.begin("192.0.2.1", now=NOON + timedelta(seconds=second)) for second in (0, 1, 2, 59, 60, 60)]

    assert tries == [True, True, False, False, True, False]


def test_addresses_count_apart_but_an_ipv6_network_counts_as_one():
    limit = AttemptLimit(1)

    tries = [limit.begin(address, now=NOON) for address in ("192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2")]

    assert tries == [True, True, True, False]


def test_one_that_succeeds_gives_its_place_back():
    limit = AttemptLimit(1)
    limit.give_back("192.0.2.1")
    limit.begin("192.0.2.1", now=NOON)

    limit.give_back("192.0.2.1")

    assert limit.begin("192.0.2.1", now=NOON)


@given(st.lists(st.integers(), min_size=1, max_size=8))
def test_the_ring_has_a_place_for_each_city_and_the_first_has_the_turn(cities):
    nodes = ring(cities)

    assert [node.city for node in nodes] == cities
    assert [node.turn for node in nodes] == [True] + [False] * (len(cities) - 1)
    assert (nodes[0].x, nodes[0].y) == (180, 62)
