# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the server of another city reads under our ids, with its real signature."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import delete, select

from cop.base.audience import Audience
from cop.base.db import db, transaction
from cop.communities.models import Community
from cop.knowledge import services as knowledge
from cop.knowledge.models import Article
from cop.sharing.models import DeliveryRecord, LogEntry, PeerRecord, ShownObject
from cop.sharing.stores import SqlPeers
from federation.ports import Level, Peer, PeerState
from tests.builders import a_record
from tests.conftest import an_app, settings_for
from tests.databases import fresh_database
from tests.hostile.signing import Draft, Key
from tests.world import AALBORG, World

ORIGIN = "https://kassel.example"
KEY = Key(f"{AALBORG}/actor#peer-1")
THINGS = ("community", "meeting", "topic", "turn", "article")
INSIDE = {"topic", "turn"}


@pytest.fixture
def app(template, tmp_path) -> Iterator[Flask]:
    app = an_app(settings_for(fresh_database(template, tmp_path / "r.sqlite"), origin=ORIGIN, development=False))
    with app.app_context():
        friend = Peer(AALBORG, PeerState.ACTIVE, Level.WORK, Level.WORK, f"{AALBORG}/a/1")
        SqlPeers().add(friend, name=AALBORG, keys={KEY.key_id: KEY.public})
        yield app
        db.session.remove()
        db.engine.dispose()


def shown(app, world, *, member=False, key=KEY, **facts) -> set[str]:
    """Which things the city gets, being what `facts` say, with or without a member in the community."""
    with transaction():
        record = db.session.scalars(select(PeerRecord).where(PeerRecord.origin == AALBORG)).one()
        for name, value in facts.items():
            setattr(record, name, value)
        if member:
            a_record(db.session.get_one(Community, world.ids["community_id"]), "Mette", origin=AALBORG)
    return {name for name in THINGS if read(app, world.uris[name], key) == 200}


def read(app, uri, key):
    path = uri.removeprefix(ORIGIN)
    draft = Draft(key, ORIGIN.partition("://")[2], method="GET", path=path)
    draft.headers["accept"] = "application/activity+json"
    return app.test_client().get(path, headers=draft.seal().headers).status_code


@pytest.mark.parametrize(
    ("audience", "facts", "expected"),
    [
        (Audience.PEERS, {}, {*THINGS} - INSIDE),
        (Audience.PEERS, {"level_out": 2}, {*THINGS} - INSIDE),
        (Audience.PEERS, {"level_out": 1}, set()),
        (Audience.PEERS, {"level_out": 0}, set()),
        (Audience.PEERS, {"state": PeerState.ENDED}, set()),
        (Audience.PEERS, {"state": PeerState.ASKED}, set()),
        (Audience.PEERS, {"member": True}, {*THINGS}),
        (Audience.PEERS, {"member": True, "level_out": 2}, {*THINGS} - INSIDE),
        (Audience.PEERS, {"key": Key(KEY.key_id)}, set()),
        (Audience.COMMUNITY, {}, set()),
        (Audience.COMMUNITY, {"member": True}, {*THINGS}),
        (Audience.COMMUNITY, {"member": True, "level_out": 2}, set()),
        (Audience.CITY, {}, set()),
        (Audience.CITY, {"member": True}, set()),
    ],
)
def test_a_city_reads_what_it_may_have_and_nothing_else(app, audience, facts, expected) -> None:
    assert shown(app, World(app, audience), **facts) == expected


def test_who_read_a_thing_is_told_when_it_is_gone(app) -> None:
    world = World(app, Audience.PEERS)
    uri = world.uris["article"]
    with transaction():
        db.session.execute(delete(ShownObject))

    assert [read(app, uri, KEY), read(app, uri, KEY)] == [200, 200]
    with transaction():
        knowledge.withdraw_article(db.session.scalars(select(Article).where(Article.uri == uri)).one())

    said = select(DeliveryRecord.object_uri).join(LogEntry, LogEntry.id == DeliveryRecord.entry_id)
    assert db.session.scalars(said.where(LogEntry.type == "Delete")).all() == [uri]


def test_without_a_signature_nothing_is_shown(app) -> None:
    world = World(app, Audience.PUBLIC)

    for uri in world.uris.values():
        answer = app.test_client().get(uri.removeprefix(ORIGIN), headers={"Accept": "application/activity+json"})
        assert answer.status_code == 404
