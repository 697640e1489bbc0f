# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rows that are looked up at once: what is remembered of them is what is there."""

import pytest

from cop.accounts.models import Person
from cop.base.db import db, transaction
from cop.base.found import by_uri, looked_up
from cop.communities.models import Community
from tests.builders import a_community
from tests.queries import count_queries

AALBORG = "https://aalborg.example"
KINDS = {Person: (), Community: ()}


def a_person(number):
    return Person(origin=AALBORG, uri=f"{AALBORG}/m/{number}", display_name="Bram")


def uris(*numbers):
    return [f"{AALBORG}/m/{number}" for number in numbers]


@pytest.fixture
def known(app):
    with transaction():
        db.session.add(a_person(1))
        community = a_community()
    with transaction(), looked_up(KINDS, [*uris(1, 2), community.uri]):
        yield community


def test_what_was_looked_up_is_not_asked_for_again(known):
    with count_queries() as statements:
        found = [by_uri(Person, uri) is not None for uri in uris(1, 2)]
        community = by_uri(Community, known.uri, lock=True)

    assert (found, community.id, len(statements)) == ([True, False], known.id, 0)


def test_what_was_not_looked_up_is_asked_for(known):
    db.session.add(a_person(3))

    assert [by_uri(Person, uri) is not None for uri in uris(3, 4)] == [True, False]


def test_what_was_added_meanwhile_is_there(known):
    db.session.add(a_person(2))

    assert by_uri(Person, uris(2)[0]) in db.session.new


def test_what_was_deleted_meanwhile_is_gone_and_its_id_is_free(known):
    db.session.delete(by_uri(Person, uris(1)[0]))

    assert by_uri(Person, uris(1)[0]) is None
    db.session.add(a_person(1))
    db.session.flush()
    assert by_uri(Person, uris(1)[0]).display_name == "Bram"


@pytest.mark.parametrize("added", [False, True], ids=["there", "new"])
def test_what_was_let_go_of_is_not_there(known, added):
    if added:
        db.session.add(a_person(2))
    person = by_uri(Person, uris(2 if added else 1)[0])
    db.session.expunge(person)

    assert by_uri(Person, person.uri) is None
