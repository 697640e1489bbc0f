# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Visited cities are told which visits are over; one that is silent is waited for once."""

from uuid import uuid4

import pytest

from cop.base.clock import now
from cop.base.db import db, transaction
from cop.visits import jobs
from cop.visits.models import VisitAbroad


def visits_that_are_over(city, number):
    with transaction():
        for _ in range(number):
            visit = {"sid": str(uuid4()), "city": city.origin, "member_uri": f"http://127.0.0.1:8101/m/{uuid4()}"}
            db.session.add(VisitAbroad(**visit, session_id=uuid4(), begun_at=now(), ended_at=now()))


def attempts_at(city):
    db.session.rollback()
    return [visit.attempts for visit in db.session.query(VisitAbroad).filter_by(city=city.origin)]


@pytest.mark.parametrize("silence", [429, 500, 503])
def test_a_silent_city_is_asked_once_for_all_its_visits_and_the_others_are_told(aalborg, heidelberg, silence):
    aalborg.answer = lambda form: (silence, {})
    visits_that_are_over(aalborg, 3)
    visits_that_are_over(heidelberg, 2)

    jobs.tell_ended()

    assert (len(aalborg.asked), attempts_at(aalborg)) == (1, [1, 1, 1])
    assert (len(heidelberg.asked), attempts_at(heidelberg)) == (2, [])


def test_a_city_that_answers_again_is_told_of_each_visit(aalborg):
    visits_that_are_over(aalborg, 3)

    jobs.tell_ended()

    assert (len(aalborg.asked), attempts_at(aalborg)) == (3, [])
