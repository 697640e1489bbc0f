# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is put away is nowhere, and comes back as it was."""

from collections.abc import Mapping
from typing import Any

from flask import Flask
from sqlalchemy import delete, select

from cop.accounts.models import Person
from cop.base.audience import Audience
from cop.base.db import Model, db, transaction
from cop.communities.models import Community, MembershipRecord
from cop.knowledge.models import Article
from cop.meetings.models import Meeting, Topic
from cop.sharing import shelf
from cop.sharing.models import ShelvedRow
from tests.builders import a_community, a_meeting, a_record, a_topic, an_article
from tests.world import AALBORG, World

Table = list[Mapping[str, Any]]


def everything() -> dict[str, Table]:
    """All rows of all tables, but the shelf."""
    tables = [table for table in Model.metadata.sorted_tables if table.name != ShelvedRow.__tablename__]
    return {
        table.name: [dict(row) for row in db.session.execute(select(table).order_by(table.c.id)).mappings()]
        for table in tables
    }


def a_copied_world(app: Flask) -> World:
    """A community of Aalborg with everything in it, a subgroup of it, and an article of ours about it."""
    world = World(app, Audience.PEERS, origin=AALBORG)
    with transaction():
        community = db.session.get_one(Community, world.ids["community_id"])
        a_community("Unterhalb", origin=AALBORG, parent_id=community.id)
        an_article("Von hier").community_id = community.id
    return world


def test_what_is_put_away_is_nowhere_and_comes_back_as_it_was(app: Flask) -> None:
    a_copied_world(app)
    before = everything()

    with transaction():
        batch = shelf.put_away(AALBORG)

    assert batch is not None
    for kind in (Community, Meeting, Topic, Article):
        assert db.session.scalars(select(kind).where(kind.origin == AALBORG)).all() == []
    assert db.session.scalars(select(Article.community_id).where(Article.title == "Von hier")).all() == [None]
    with transaction():
        shelf.bring_back(batch)
    assert everything() == before
    assert db.session.scalars(select(ShelvedRow)).all() == []


def test_what_is_ours_stays(app: Flask) -> None:
    ours = World(app, Audience.PEERS)
    before = everything()
    theirs = a_copied_world(app)

    with transaction():
        shelf.put_away(AALBORG)

    after = everything()
    assert [row["id"] for row in after["meeting"]] == [row["id"] for row in before["meeting"]]
    assert ours.ids["community_id"] in {row["id"] for row in after["community"]}
    assert theirs.ids["community_id"] not in {row["id"] for row in after["community"]}


def test_a_part_takes_what_hangs_on_it(app: Flask) -> None:
    with transaction():
        community = a_community(origin=AALBORG)
        member = a_record(community)
        first, second = a_meeting(community), a_meeting(community)
        a_topic(first, member, "Mentoring")
        a_topic(second, member, "Desksharing")
        uri = first.uri

    with transaction():
        shelf.put_away(AALBORG, [uri])

    assert list(db.session.scalars(select(Topic.title))) == ["Desksharing"]
    assert len(db.session.scalars(select(Meeting)).all()) == len(db.session.scalars(select(Community)).all()) == 1


def test_nothing_is_put_away_of_a_city_that_has_nothing_here(app: Flask) -> None:
    with transaction():
        assert shelf.put_away(AALBORG) is None


def test_what_refers_to_somebody_who_is_gone_stays_away(app: Flask) -> None:
    with transaction():
        record = a_record(a_community(origin=AALBORG))
        person_id = record.person_id
    with transaction():
        batch = shelf.put_away(AALBORG)
    with transaction():
        db.session.execute(delete(Person).where(Person.id == person_id))

    with transaction():
        shelf.bring_back(batch)

    assert len(db.session.scalars(select(Community)).all()) == 1
    assert db.session.scalars(select(MembershipRecord)).all() == []


def test_what_came_anew_meanwhile_stands(app: Flask) -> None:
    with transaction():
        uri = an_article("Alt", origin=AALBORG, audience=Audience.PUBLIC).uri
    with transaction():
        batch = shelf.put_away(AALBORG)
    with transaction():
        an_article("Neu", origin=AALBORG, audience=Audience.PUBLIC).uri = uri

    with transaction():
        shelf.bring_back(batch)

    assert list(db.session.scalars(select(Article.title))) == ["Neu"]


def test_what_hung_on_what_came_anew_hangs_on_it(app: Flask) -> None:
    with transaction():
        record = a_record(a_community(origin=AALBORG))
        uri, person_id = record.community.uri, record.person_id
    with transaction():
        batch = shelf.put_away(AALBORG)
    with transaction():
        again = a_community("Neu", origin=AALBORG)
        again.uri = uri

    with transaction():
        shelf.bring_back(batch)

    found = db.session.scalars(select(MembershipRecord)).one()
    assert (found.community.name, found.person_id) == ("Neu", person_id)


def test_other_rows_can_be_put_away_with_them(app: Flask) -> None:
    with transaction():
        ours = an_article("Von hier").id
        an_article("Von dort", origin=AALBORG)
    before = everything()

    with transaction():
        batch = shelf.put_away(AALBORG, (), also={"article": {ours}})

    assert list(db.session.scalars(select(Article.title))) == ["Von dort"]
    assert shelf.count_things() == {batch: 1}
    with transaction():
        shelf.bring_back(batch)
    assert everything() == before
