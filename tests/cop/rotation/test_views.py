# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages of turns."""

import html
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from cop.accounts.models import Person
from cop.base.db import db, transaction
from cop.base.pending import PendingRequest, RequestState, settle
from cop.communities.models import Community
from cop.rotation import services
from cop.rotation.models import Assignment, TurnState
from cop.rotation.queries import takes_turns
from cop.rotation.roles import MODERATOR, ORGANISER
from tests.builders import AALBORG, HEIDELBERG, a_city, a_community, a_peer, a_person, a_record
from tests.reader import Reader

SOON = datetime(2100, 12, 3, 9, tzinfo=UTC)
OCCASION = "http://127.0.0.1:8101/o/meeting"


@pytest.fixture
def people(app):
    with transaction():
        a_city()
        a_peer()
        a_city(HEIDELBERG, name="Stadt Heidelberg", short="Heidelberg", letters="HD", hue=320, locale="de")
        return {name: a_person(name, locale="en").id for name in ("Anna", "Bram", "Carla")}


@pytest.fixture
def community_id(people):
    """A community in which Anna, Bram and Carla take turns."""
    with transaction():
        community = a_community()
        for person_id in people.values():
            record = a_record(community, person=db.session.get_one(Person, person_id))
            for role in (MODERATOR, ORGANISER):
                services.join_rotation(community, record.person_id, role, knows_it=True)
        return community.id


@pytest.fixture
def turn(community_id):
    """The turn to moderate the next meeting."""
    with transaction():
        community = db.session.get_one(Community, community_id)
        services.assign_turn(community, ORGANISER, occasion_uri=OCCASION, occasion_at=SOON)
        return services.assign_turn(community, MODERATOR, occasion_uri=OCCASION, occasion_at=SOON)


@pytest.fixture
def holder(app, turn):
    with transaction():
        person = db.session.get_one(Person, db.session.get_one(Assignment, turn.id).person_id)
    return Reader(app, person)


def state(turn):
    with transaction():
        found = db.session.get_one(Assignment, turn.id)
        return found.state, found.person_id


def words(answer):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_the_holder_reads_that_it_is_their_turn_and_confirms(turn, holder):
    page = words(holder.get(f"/turns/{turn.id}"))
    assert "It is your turn to moderate on 3 December" in page
    assert "This is your first time." in page

    answer = holder.post(f"/turns/{turn.id}/answer", answer="confirm")

    assert answer.status_code == 303
    assert state(turn) == (TurnState.CONFIRMED, holder.person_id)
    assert "The turn is yours" in words(holder.get(f"/turns/{turn.id}"))


def test_the_holder_passes_it_on_to_the_one_the_page_names(turn, holder):
    page = words(holder.get(f"/turns/{turn.id}"))

    answer = holder.post(f"/turns/{turn.id}/answer", answer="pass", next="/calendar")

    assert answer.headers["Location"].endswith("/calendar")
    with transaction():
        follower = db.session.get_one(Assignment, turn.id).person.display_name
    assert f"they are asked in this order: {follower[0]} {follower}" in page


def test_who_has_another_task_at_the_meeting_is_not_named_as_the_next_one(app, people, community_id):
    with transaction():
        community = db.session.get_one(Community, community_id)
        first = services.assign_turn(community, MODERATOR, occasion_uri=OCCASION, occasion_at=SOON)
        second = services.assign_turn(community, ORGANISER, occasion_uri=OCCASION, occasion_at=SOON)
        holder, busy = first.person, second.person.display_name
        (rest,) = [name for name in people if name not in {holder.display_name, busy}]
    reader = Reader(app, holder)

    asked = words(reader.get(f"/turns/{first.id}")).partition("they are asked in this order:")[2]

    assert rest in asked
    assert busy not in asked
    reader.post(f"/turns/{first.id}/answer", answer="pass")
    assert state(first) == (TurnState.PROPOSED, people[rest])


def test_others_can_look_but_not_answer(app, people, turn, holder):
    with transaction():
        other = next(person_id for person_id in people.values() if person_id != holder.person_id)
        person = db.session.get_one(Person, other)
    reader = Reader(app, person)

    assert "Take the turn" not in reader.get(f"/turns/{turn.id}").text
    assert reader.post(f"/turns/{turn.id}/answer", answer="confirm").status_code == 403
    assert reader.post(f"/turns/{turn.id}/answer", answer="take").status_code == 409
    assert reader.post(f"/turns/{turn.id}/answer", answer="eat").status_code == 400


def test_whoever_is_no_member_sees_no_turn(app, turn, community_id):
    with transaction():
        stranger = a_person("Emil", locale="en")
    reader = Reader(app, stranger)

    assert reader.get(f"/turns/{turn.id}").status_code == 403
    assert reader.post(f"/turns/{turn.id}/answer", answer="take").status_code == 403
    assert reader.get(f"/communities/{community_id}/turns").status_code == 403
    assert "Reihum: who moderates" not in reader.get(f"/communities/{community_id}").text


def test_the_community_page_shows_the_order_of_turns(holder, turn, community_id):
    page = words(holder.get(f"/communities/{community_id}"))

    assert "Reihum: who moderates" in page
    assert "3 December , whose turn it is" in page
    assert page.count("foreseen") == 2
    assert "Organisation: on 3 December" in page


def test_an_empty_order_says_when_it_begins(app, people, community_id):
    with transaction():
        reader_person = db.session.get_one(Person, people["Anna"])
    reader = Reader(app, reader_person)

    assert "The order begins with the first meeting." in words(reader.get(f"/communities/{community_id}"))


def test_a_member_chooses_to_take_turns_and_not_to(app, people):
    with transaction():
        community = a_community()
        anna = db.session.get_one(Person, people["Anna"])
        a_record(community, person=anna, shows_name=False)
        community_id = community.id
    reader = Reader(app, anna)
    path = f"/communities/{community_id}/turns"

    assert "see your name" in words(reader.get(path))
    assert reader.post(path, takes_turns="yes", knows_it="1").status_code == 303
    with transaction():
        assert takes_turns(community_id, people["Anna"])
    assert "Take no more turns" in words(reader.get(path))
    assert reader.post(path, takes_turns="no").status_code == 303
    with transaction():
        assert not takes_turns(community_id, people["Anna"])


@pytest.fixture
def guest(app, people):
    """Anna, who has a turn in a community of Aalborg."""
    with transaction():
        community = a_community("Ledernetværk", origin=AALBORG)
        anna = db.session.get_one(Person, people["Anna"])
        record = a_record(community, person=anna)
        turn = services.apply_copy(
            uri=f"{AALBORG}/o/turn",
            origin=AALBORG,
            rev=1,
            community_uri=community.uri,
            role=MODERATOR,
            occasion_uri=f"{AALBORG}/o/meeting",
            occasion_at=SOON,
            person={"uri": record.uri, "name": "Anna", "city_origin": "http://127.0.0.1:8101"},
            state="proposed",
            source="auto",
            reasons=[{"code": "first_time"}, {"code": "from a newer city"}],
            followers=[{"uri": f"{AALBORG}/m/1", "name": "Mette", "origin": AALBORG}],
        )
    return Reader(app, anna), turn.id, community.id


def test_an_answer_to_another_city_is_on_its_way(guest):
    reader, turn_id, _ = guest

    assert reader.post(f"/turns/{turn_id}/answer", answer="pass").status_code == 303

    page = words(reader.get(f"/turns/{turn_id}"))
    assert "On its way to Aalborg" in page
    assert "Pass it on" not in page


def test_what_the_home_refused_is_told_with_the_reason(guest):
    reader, turn_id, community_id = guest
    reader.post(f"/turns/{turn_id}/answer", answer="pass")
    reader.post(f"/communities/{community_id}/turns", takes_turns="yes")
    with transaction():
        for wish in db.session.scalars(select(PendingRequest)):
            settle(wish, RequestState.REFUSED, "This turn is over.")

    assert "Aalborg said no: This turn is over." in words(reader.get(f"/turns/{turn_id}"))
    assert "Aalborg said no: This turn is over." in words(reader.get(f"/communities/{community_id}/turns"))


def test_a_choice_for_another_city_is_on_its_way(guest):
    reader, _, community_id = guest

    reader.post(f"/communities/{community_id}/turns", takes_turns="yes")

    assert "On its way to Aalborg" in words(reader.get(f"/communities/{community_id}/turns"))
    assert "On its way to Aalborg" in words(reader.get(f"/communities/{community_id}"))
