# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What strangers' programs find, at the real endpoints."""

from importlib.metadata import version

import pytest

from cop.base.db import transaction
from cop.sharing.rules import username
from federation.discovery import IMPLEMENTS
from tests.builders import a_person

ORIGIN = "http://127.0.0.1:8101"


def get(app, path):
    return app.test_client().get(path, base_url=ORIGIN)


def test_the_city_is_found_by_its_account(app):
    answer = get(app, "/.well-known/webfinger?resource=acct:kassel@127.0.0.1:8101")

    assert (answer.status_code, answer.content_type) == (200, "application/jrd+json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    (link,) = answer.get_json(force=True)["links"]
    assert get(app, link["href"].removeprefix(ORIGIN)).get_json(force=True)["preferredUsername"] == "kassel"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("?resource=acct:kassel@127.0.0.1:8101&resource=acct:x@127.0.0.1:8101", 400),
        ("?resource=acct:karin@127.0.0.1:8101", 404),
        ("?resource=acct:kassel@evil.example", 404),
        ("?resource=%00", 404),
        ("?resource=" + "a" * 5000, 404),
    ],
)
def test_nobody_else_is_found(app, query, status):
    answer = get(app, f"/.well-known/webfinger{query}")

    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")


def test_nodeinfo_is_where_it_is_looked_for(app):
    links = get(app, "/.well-known/nodeinfo")
    first = links.get_json(force=True)["links"][0]["href"]

    info = get(app, first.removeprefix(ORIGIN))

    assert links.content_type == "application/jrd+json"
    assert info.content_type == 'application/json; profile="http://nodeinfo.diaspora.software/ns/schema/2.1#"'
    assert info.get_json(force=True)["software"] == {"name": "reihum", "version": version("reihum")}


def test_how_many_people_there_are_changes_nothing(app):
    before = get(app, "/nodeinfo/2.1").data
    with transaction():
        for number in range(7):
            a_person(f"Karin {number}")

    assert get(app, "/nodeinfo/2.1").data == before


def test_the_actor_says_what_it_runs_and_speaks(app):
    actor = get(app, "/actor").get_json(force=True)

    assert actor["cop:versions"] == ["cop-fed/1"]
    assert [one["href"] for one in actor["generator"]["implements"]] == list(IMPLEMENTS)


@pytest.mark.parametrize(
    ("short", "name"),
    [
        ("Kassel", "kassel"),
        ("Köln", "koeln"),
        ("Frankfurt (Oder)", "frankfurt-oder"),
        ("Bad Homburg v. d. H.", "bad-homburg-v-d-h"),
        ("Ærøskøbing", "aeroeskoebing"),
        ("Århus", "aarhus"),
        ("Łódź", "odz"),
        ("…", "city"),
    ],
)
def test_a_citys_name_makes_its_account(short, name):
    assert username(short) == name
