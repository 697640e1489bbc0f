# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Many activities are handled in one transaction, and none of them suffers from another."""

import pytest

from federation.errors import Refused
from federation.handling import MOST
from federation.ports import Level
from federation.router import Act, Router
from tests.federation.peer_cities import KEY, PEER, a_city_with_peers, a_create, an_activity


class Shelf:
    """A host that keeps numbers, all of a transaction or none."""

    def __init__(self):
        self.kept, self.transactions = [], []
        self.broken, self.refused, self.unreadable = set(), set(), set()
        self.router = Router(self.together)
        self.router.prepare_on("Create")(self.prepare)

    def prepare(self, verified, keys):
        number = verified.activity.id.rpartition("/")[2]
        if number in self.unreadable:
            raise Refused("proof", "is not as its home wrote it", 403)
        return Act(verified, lambda: self.kept.append(number), about=[number])

    def together(self, acts):
        before, numbers = list(self.kept), [act.about[0] for act in acts]
        for act in acts:
            act.do()
            if self.refused & set(act.about):
                self.kept = before
                raise Refused("stale", "an older rev", 403)
            if self.broken & set(act.about):
                self.kept = before
                raise KeyError(act.about[0])
        self.transactions.append(numbers)


@pytest.fixture
def city():
    return a_city_with_peers()


@pytest.fixture
def shelf():
    return Shelf()


def post(city, numbers):
    for number in numbers:
        city.post(a_create(number=number), KEY)


def outcomes(city):
    return {stored.body: error for stored, error in city.intake.settled}.values()


def test_what_came_together_is_done_in_one_transaction(city, shelf):
    post(city, "12345")

    assert city.inbox.process(shelf.router) == 5
    assert (shelf.kept, shelf.transactions) == (list("12345"), [list("12345")])


def test_who_writes_meanwhile_waits_for_so_many_at_most(city, shelf):
    post(city, [str(number) for number in range(2 * MOST + 1)])

    assert city.inbox.process(shelf.router, limit=1000) == 2 * MOST + 1
    assert [len(numbers) for numbers in shelf.transactions] == [MOST, MOST, 1]


def test_one_that_breaks_is_left_alone_and_the_others_are_kept_in_order(city, shelf, caplog):
    shelf.broken = {"3"}
    post(city, "12345678")

    assert city.inbox.process(shelf.router) == 7
    assert shelf.kept == list("1245678")
    assert [record.message for record in caplog.records if "broke" in record.message] == [
        f"handling activity 3 of {PEER} broke"
    ]
    city.clock.pass_(hours=1)
    shelf.broken.clear()
    assert city.inbox.process(shelf.router) == 1
    assert shelf.kept == list("12456783")


def test_who_is_refused_is_so_for_good_and_the_others_are_kept(city, shelf):
    shelf.refused, shelf.unreadable = {"2"}, {"5"}
    post(city, "123456")

    assert city.inbox.process(shelf.router) == 6
    assert shelf.kept == list("1346")
    assert sorted(error or "" for error in outcomes(city)) == ["", "", "", "", "proof", "stale"]
    assert city.inbox.process(shelf.router) == 0


def test_what_is_done_alone_stands_between_what_came_before_and_after(city, shelf):
    shelf.router.on("Update")(lambda verified: shelf.transactions.append("alone"))
    post(city, "12")
    city.post(an_activity("Update", a_create()["object"], number="3"), KEY)
    post(city, "45")

    assert city.inbox.process(shelf.router) == 5
    assert shelf.transactions == [["1", "2"], "alone", ["4", "5"]]


def test_what_comes_after_a_change_of_trust_is_looked_at_as_it_is_then(city, shelf):
    def lower(verified):
        city.know(KEY, level_in=Level.PUBLIC)

    shelf.router.on("Update")(lower)
    post(city, "1")
    city.post(an_activity("Update", a_create()["object"], number="2"), KEY)
    post(city, "3")

    assert city.inbox.process(shelf.router) == 3
    assert shelf.kept == ["1"]
    assert sorted(error or "" for error in outcomes(city)) == ["", "", "level"]
