# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
import pytest

from federation.discovery import IMPLEMENTS, Software, introduced, nodeinfo, nodeinfo_links, webfinger
from federation.invitations import City, read_city
from federation.origins import Origin
from tests.federation.peer_cities import HERE, a_key

KEY = a_key(HERE)
SOFTWARE = Software("reihum", "1.2.3")
SELF = {"rel": "self", "type": "application/activity+json", "href": f"{HERE}/actor"}


@pytest.mark.parametrize("resource", ["acct:kassel@city-a.example", f"{HERE}/actor"])
def test_the_actor_is_found_by_its_account_and_by_its_id(resource):
    assert webfinger(resource, origin=HERE, username="kassel") == {
        "subject": "acct:kassel@city-a.example",
        "aliases": [f"{HERE}/actor"],
        "links": [SELF],
    }


@pytest.mark.parametrize("resource", [str(HERE), f"{HERE}/"])
def test_the_actor_is_found_by_its_server(resource):
    found = webfinger(resource, origin=HERE, username="kassel")

    assert found == {
        "subject": f"{HERE}/",
        "links": [{**SELF, "rel": "https://www.w3.org/ns/activitystreams#Service"}],
    }


@pytest.mark.parametrize(
    "resource",
    [
        "",
        "kassel",
        "acct:kassel@evil.example",
        "acct:karin@city-a.example",
        "acct:Kassel@city-a.example",
        f"{HERE}/m/00000000-0000-4000-8000-000000000000",
        f"{HERE}/actor#peer-1",
        "https://evil.example/actor",
        f"{HERE}\n/actor",
    ],
)
def test_nobody_else_is_found(resource):
    assert webfinger(resource, origin=HERE, username="kassel") is None


def test_a_port_is_part_of_the_account():
    found = webfinger("acct:kassel@127.0.0.1:8100", origin=Origin("http://127.0.0.1:8100"), username="kassel")

    assert found["links"][0]["href"] == "http://127.0.0.1:8100/actor"


def test_nodeinfo_is_linked_beside_the_actor():
    assert nodeinfo_links(HERE) == {
        "links": [
            {"rel": "http://nodeinfo.diaspora.software/ns/schema/2.1", "href": f"{HERE}/nodeinfo/2.1"},
            {"rel": "https://www.w3.org/ns/activitystreams#Application", "href": f"{HERE}/actor"},
        ]
    }


def test_nodeinfo_says_what_runs_and_counts_nobody():
    """Required in the schema of NodeInfo 2.1: each of these; `usage.users` may be empty."""
    assert nodeinfo(SOFTWARE) == {
        "version": "2.1",
        "software": {"name": "reihum", "version": "1.2.3"},
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": False,
        "usage": {"users": {}},
        "metadata": {"federation": {"versions": ["cop-fed/1"], "peers": "by invitation"}},
    }


def test_an_actor_that_is_introduced_to_strangers_reads_the_same_to_peers():
    city = City(HERE, "Musterstadt", {KEY.key_id: KEY.public})

    shown = introduced(city.document(), username="musterstadt", software=SOFTWARE)

    assert read_city(shown, origin=HERE) == city
    assert shown["preferredUsername"] == "musterstadt"
    assert (shown["generator"]["type"], shown["generator"]["name"]) == ("Application", "reihum 1.2.3")
    assert [one["href"] for one in shown["generator"]["implements"]] == list(IMPLEMENTS)
    assert shown["@context"][:-1] == city.document()["@context"]
