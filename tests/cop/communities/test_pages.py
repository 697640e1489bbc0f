# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages of communities, as people of this city see them."""

import re

import pytest
from markupsafe import Markup

from cop.base.audience import Audience
from cop.base.db import db, new_id, transaction
from cop.communities import pages
from cop.communities.models import Community, Role
from tests.builders import AALBORG, a_community, a_member, a_record
from tests.cop.communities.reading import joined, made, page_of, text_of

FORM = {
    "name": "Coaching-Pool",
    "domain": "Coaching in municipalities",
    "kind": "cop",
    "locale": "de",
    "rhythm": "alle 3 Monate",
    "purpose": "Learn from each other",
    "goals": "A pool\r\n\r\nTrust",
    "success_criteria": "",
    "ground_rules": "",
    "join_mode": "open",
    "visibility": "peers",
}


def test_the_list_shows_what_one_may_see_and_nothing_else(bram):
    made(name="Coaching")
    made(name="Verborgen", visibility=Audience.COMMUNITY)
    made(name="Ledernetværk 5", origin=AALBORG, members_by_city={AALBORG: 7})
    made(name="Kun Aalborg", origin=AALBORG, visibility=Audience.CITY)
    made(name="Nur Kassel", visibility=Audience.CITY)

    shown = re.findall(r'cop-item__title"[^>]*><a href="[^"]+">([^<]+)', bram.get("/communities").text)

    assert shown == ["Coaching", "Ledernetværk 5", "Nur Kassel"]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("whose=mine", ["Coaching"]),
        ("whose=city", ["Coaching", "Desksharing"]),
        ("whose=partners", ["Ledernetværk 5"]),
        ("q=DESK", ["Desksharing"]),
        ("q=%25", []),
        ("whose=nonsense&q=coa", ["Coaching"]),
    ],
)
def test_the_list_can_be_narrowed(bram, query, shown):
    joined(made(name="Coaching", domain=""), bram)
    made(name="Desksharing", domain="")
    made(name="Ledernetværk 5", domain="", origin=AALBORG)

    found = re.findall(r'cop-item__title"[^>]*><a href="[^"]+">([^<]+)', bram.get(f"/communities?{query}").text)

    assert found == shown


def test_the_list_asks_the_same_of_the_database_for_3_and_for_30_communities(bram):
    for _number in range(3):
        made(name="Coaching")
    few = bram.queries("/communities")
    for _number in range(27):
        joined(made(name="Coaching", origin=AALBORG), bram)

    assert len(bram.queries("/communities")) == len(few)


def test_the_page_of_members_asks_the_same_of_the_database_for_3_and_for_30(bram):
    community_id = made()
    joined(community_id, bram)
    few = bram.queries(page_of(community_id, "members"))
    with transaction():
        for number in range(27):
            a_record(db.session.get_one(Community, community_id), f"Person {number}", origin=AALBORG)

    assert len(bram.queries(page_of(community_id, "members"))) == len(few)


def test_the_overview_asks_the_same_of_the_database_for_3_and_for_30_members(bram):
    community_id = made()
    joined(community_id, bram)
    few = bram.queries(page_of(community_id))
    with transaction():
        for number in range(27):
            a_record(db.session.get_one(Community, community_id), f"Person {number}", origin=AALBORG)

    assert len(bram.queries(page_of(community_id))) == len(few)


def test_a_hidden_community_is_not_found_by_others(bram):
    community_id = made(visibility=Audience.COMMUNITY)

    for more in ((), ("charter",), ("members",), ("join",), ("edit",), ("requests",)):
        assert bram.get(page_of(community_id, *more)).status_code == 404
    assert bram.get(page_of(new_id())).status_code == 404

    joined(community_id, bram)
    assert bram.get(page_of(community_id)).status_code == 200


def test_what_is_for_members_and_coordinators_is_refused_to_others(bram):
    community_id = made()

    assert bram.get(page_of(community_id, "members")).status_code == 403
    joined(community_id, bram)
    assert bram.get(page_of(community_id, "members")).status_code == 200
    for more in ("edit", "requests"):
        assert bram.get(page_of(community_id, more)).status_code == 403
    assert bram.post(page_of(community_id, "edit"), **FORM).status_code == 403


def test_founding_makes_a_community_and_its_charter(bram):
    assert bram.get("/communities/new").status_code == 200

    answer = bram.post("/communities/new", **FORM)

    community_id = answer.location.rpartition("/")[2]
    shown = text_of(bram.get(page_of(community_id)))
    assert "Steps to the first meeting" in shown
    assert "Learn from each other" in text_of(bram.get(page_of(community_id, "charter")))
    changed = bram.post(page_of(community_id, "edit"), **FORM | {"goals": "Trust", "name": "Coaching"})
    assert changed.location == page_of(community_id, "charter")
    assert 'value="Coaching"' in bram.get(page_of(community_id, "edit")).text


def test_a_faulty_founding_form_keeps_all_input(bram):
    answer = bram.post("/communities/new", **FORM | {"name": " ", "kind": "gang", "domain": "kept <b>"})

    assert answer.status_code == 400
    assert {'href="#name"', 'href="#kind"'} <= set(re.findall(r'href="#\w+"', answer.text))
    assert "kept &lt;b&gt;" in answer.text


def test_what_people_wrote_is_never_markup(bram):
    community_id = made(name="<script>1</script>", charter={"purpose": "<img src=x>", "goals": ["<b>"]})
    joined(community_id, bram)

    for more in ((), ("charter",), ("members",), ("join",), ("leave",)):
        text = bram.get(page_of(community_id, *more)).text
        assert "<script>1" not in text
        assert "<img" not in text


def test_subgroups_are_family(bram):
    parent_id = made(name="CoP Personalentwicklung")
    with transaction():
        child = a_community("Working Out Loud")
        child.parent_id = parent_id
        child_id = child.id
        a_community("Verborgen", visibility=Audience.COMMUNITY).parent_id = parent_id

    shown = text_of(bram.get(page_of(parent_id)))
    assert "Working Out Loud" in shown
    assert "Verborgen" not in shown
    assert page_of(parent_id) in bram.get(page_of(child_id)).text


def test_features_add_blocks_tabs_steps_and_the_first_thing_to_do(app, bram):
    pages.add_block(app, "news", 20, lambda community, membership: Markup("<p>for everybody</p>"))
    pages.add_block(app, "none", 10, lambda community, membership: Markup(" "), aside=True)
    pages.add_tab(app, "extra", "communities.charter", "Extra", 20, lambda community: 16)
    pages.add_action(app, lambda community, member: pages.Action("Propose a topic", "/somewhere", "add"))
    community_id = made(charter={"purpose": "x", "success_criteria": ["y"]})

    assert "for everybody" in bram.get(page_of(community_id)).text
    assert "Extra (16)" in bram.get(page_of(community_id)).text
    assert "Propose a topic" not in bram.get(page_of(community_id)).text
    joined(community_id, bram)
    assert "Propose a topic" in bram.get(page_of(community_id, "charter")).text


def test_signed_out_people_are_led_to_the_sign_in(app):
    answer = app.test_client().get("/communities")

    assert answer.status_code == 302
    assert answer.location.startswith("/login")


def test_members_stand_in_no_order_that_could_be_a_ranking(bram):
    community_id = made()
    with transaction():
        community = db.session.get_one(Community, community_id)
        for number in range(12):
            a_member(community, f"P{number:02}")
    joined(community_id, bram)

    shown = re.findall(r"P\d\d", text_of(bram.get(page_of(community_id, "members"))))

    assert shown == re.findall(r"P\d\d", text_of(bram.get(page_of(community_id, "members"))))
    assert sorted(shown) != shown


@pytest.mark.parametrize("goals", ["one\n" * 31, "x" * 301])
def test_too_much_is_refused(bram, goals):
    answer = bram.post("/communities/new", **FORM | {"goals": goals})

    assert answer.status_code == 400
    assert 'href="#goals"' in answer.text


def test_a_faulty_change_keeps_all_input(bram):
    community_id = made()
    joined(community_id, bram, role=Role.COORDINATOR)

    answer = bram.post(page_of(community_id, "edit"), **FORM | {"name": "", "domain": "kept"})

    assert (answer.status_code, 'value="kept"' in answer.text) == (400, True)


def test_the_summary_of_mistakes_names_each_field(bram):
    page = bram.post("/communities/new", **(FORM | {"name": "", "purpose": ""})).text

    assert re.findall(r'<li><a href="#(\w+)">([^<]+)</a>', page) == [
        ("name", "Name: Please fill this in."),
        ("purpose", "What are you here for? Please fill this in."),
    ]
