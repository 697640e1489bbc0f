# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who is named at each choice."""

import pytest

from cop.base.db import transaction
from cop.base.i18n import force_locale
from cop.communities.reach import in_words, reach_rows
from tests.builders import AALBORG, HEIDELBERG, a_city, a_community, a_record


@pytest.fixture(autouse=True)
def english(app):
    with force_locale("en"):
        yield


def test_each_choice_names_who_is_added_and_who_is_left_out(app):
    with transaction():
        a_city(), a_city(HEIDELBERG, name="Stadt Heidelberg", short="Heidelberg", letters="HD", locale="de")
        community = a_community("CoP")
        a_record(community, "Tove", origin=AALBORG)

        assert [(level, added, count) for level, _title, added, count in reach_rows(community)] == [
            ("community", "The members of CoP, also in Aalborg", "2 people"),
            ("city", "Everyone who works for Kassel, but nobody in Aalborg", ""),
            ("peers", "Also everyone who signs in at Aalborg and Heidelberg", "3 cities"),
            ("public", "Everybody on the internet, search engines too", ""),
        ]


def test_without_partner_cities_nobody_is_promised(app):
    with transaction():
        community = a_community("CoP")

        assert [added for _level, _title, added, _count in reach_rows(community)] == [
            "The members of CoP",
            "Also everyone who works for Kassel",
            "Also everyone who signs in at a partner city, as soon as there is one",
            "Everybody on the internet, search engines too",
        ]


def test_of_another_city_the_partners_are_not_known(app):
    with transaction():
        a_city()
        community = a_community(origin=AALBORG)

        assert reach_rows(community, AALBORG)[2][2:] == (
            "Also everyone who signs in at a partner city of Aalborg",
            "",
        )


def test_an_article_without_a_community_has_three_choices(app):
    with transaction():
        assert [level for level, *_rest in reach_rows(None)] == ["city", "peers", "public"]


def test_what_has_no_community_yet_says_whose_members_are_meant(app):
    with transaction():
        assert reach_rows(None, members="The members of the community chosen above")[0] == (
            "community",
            "The community only",
            "The members of the community chosen above",
            "",
        )


@pytest.mark.parametrize(
    ("names", "words"), [([], ""), (["A"], "A"), (["A", "B"], "A and B"), (["A", "B", "C"], "A, B and C")]
)
def test_names_are_joined_as_one_says_them(app, names, words):
    assert in_words(names) == words
