# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Several people act on one community at the same moment."""

from concurrent.futures import ThreadPoolExecutor

from cop.accounts.models import Person
from cop.base.db import db, transaction
from cop.base.errors import Conflict
from cop.base.instance import this_city
from cop.communities import services
from cop.communities.models import Community, JoinMode, Role
from cop.communities.queries import record_of
from tests.builders import a_community, a_person, a_record


def at_once(app, act, things):
    def one(thing):
        with app.app_context(), transaction():
            act(thing)

    with ThreadPoolExecutor(len(things)) as pool:
        list(pool.map(one, things))


def test_everybody_who_joins_at_once_is_counted(app):
    with transaction():
        community_id = a_community().id
        people = [a_person(f"Person {number}").id for number in range(6)]

    def join(person_id):
        community = db.session.get_one(Community, community_id)
        person = db.session.get_one(Person, person_id)
        services.ask_to_join(community, person, shows_name=True, role_title="")

    at_once(app, join, people)

    with transaction():
        community = db.session.get_one(Community, community_id)
        assert community.members_by_city == {this_city().origin: 7}
        assert community.rev == 7


def test_whoever_presses_twice_is_one_member(app):
    with transaction():
        community_id, person_id = a_community(join_mode=JoinMode.REQUEST).id, a_person().id

    def join(role_title):
        community = db.session.get_one(Community, community_id)
        person = db.session.get_one(Person, person_id)
        services.ask_to_join(community, person, shows_name=False, role_title=role_title)

    at_once(app, join, ["HR"] * 4)

    with transaction():
        assert record_of(community_id, person_id).role_title == "HR"


def test_two_coordinators_who_leave_at_once_leave_one_behind(app):
    with transaction():
        founder = a_person("Nadja")
        community = a_community(founder=founder)
        second = a_record(community, "Miriam", role=Role.COORDINATOR)
        community_id, people = community.id, [founder.id, second.person_id]
    refused = []

    def leave(person_id):
        try:
            services.leave(record_of(community_id, person_id))
        except Conflict as problem:
            refused.append(problem.code)

    at_once(app, leave, people)

    with transaction():
        assert refused == ["conflict"]
        assert db.session.get_one(Community, community_id).members_by_city == {this_city().origin: 1}
