# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""People of other cities, and what cities are called."""

import pytest

from cop.accounts.queries import known_cities
from cop.accounts.services import choose_language, remember_person
from cop.accounts.setup import city_of
from cop.base.db import transaction
from cop.base.errors import Conflict, Forbidden
from tests.builders import AALBORG, HEIDELBERG, a_city, a_person

SOMEBODY = f"{AALBORG}/m/1"


def test_somebody_of_another_city_is_kept_once_under_their_newest_name(app):
    with transaction():
        first = remember_person(SOMEBODY, AALBORG, "Deltager", "Aalborg Kommune").id
        second = remember_person(SOMEBODY, AALBORG, "Sofie Brandt", "Aalborg Kommune")

        assert (second.id, second.display_name, second.origin) == (first, "Sofie Brandt", AALBORG)


@pytest.mark.parametrize("origin", [HEIDELBERG, "http://127.0.0.1:8101"])
def test_a_city_can_not_rename_the_people_of_another(app, origin):
    with transaction():
        remember_person(SOMEBODY, AALBORG, "Sofie Brandt")

    with pytest.raises(Forbidden), transaction():
        remember_person(SOMEBODY, origin, "Mallory")


def test_cities_are_known_by_their_origin_and_ours_is_among_them(app):
    with transaction():
        a_city()

    assert {origin: city.short for origin, city in known_cities().items()} == {
        AALBORG: "Aalborg",
        "http://127.0.0.1:8101": "Kassel",
    }


def test_an_unknown_city_is_called_by_its_address(app):
    with transaction():
        a_city()

    assert [city_of(origin).short for origin in (AALBORG, HEIDELBERG)] == ["Aalborg", "127.0.0.1:8103"]


def test_a_language_that_reihum_does_not_speak_is_refused(app):
    with transaction():
        person = a_person().id

    with pytest.raises(Conflict), transaction():
        choose_language(person, "xx")
