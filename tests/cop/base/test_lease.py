# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Of several processes one has the lease."""

import threading
from datetime import timedelta
from uuid import UUID, uuid4

import time_machine
from flask import Flask

from cop.base.clock import now
from cop.base.lease import give_back_lease, take_lease

ONE, OTHER = uuid4(), uuid4()


def test_the_holder_renews_and_nobody_else_gets_it(app: Flask) -> None:
    assert [take_lease("worker", who) for who in (ONE, OTHER, ONE)] == [True, False, True]


def test_a_lease_that_was_not_renewed_goes_to_who_asks(app: Flask) -> None:
    take_lease("worker", ONE)

    with time_machine.travel(now() + timedelta(seconds=11)):
        assert [take_lease("worker", who) for who in (OTHER, ONE)] == [True, False]


def test_a_lease_given_back_is_free_at_once(app: Flask) -> None:
    take_lease("worker", ONE)

    give_back_lease("worker", OTHER)
    assert not take_lease("worker", OTHER)

    give_back_lease("worker", ONE)
    assert take_lease("worker", OTHER)


def test_of_many_who_ask_at_once_one_gets_it(app: Flask) -> None:
    got: list[UUID] = []
    together = threading.Barrier(6)

    def ask() -> None:
        me = uuid4()
        with app.app_context():
            together.wait()
            if take_lease("worker", me):
                got.append(me)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(got) == 1
