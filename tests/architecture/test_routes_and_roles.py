# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Every route × everybody there is: what they get stands in `routes.txt`, and nothing else is true."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import cycle
from pathlib import Path

import pytest
from flask import Flask

from cop.base.audience import Audience
from cop.base.clock import now
from cop.base.db import db
from cop.base.web import Policy, policy_of
from tests.conftest import an_app, settings_for
from tests.databases import fresh_database
from tests.hostile.signing import Draft, Key
from tests.world import AALBORG, Visitor, World

ORIGIN = "https://kassel.example"
TABLE = Path(__file__).parent / "routes.txt"
OUTSIDERS = ("outsider", "other", "other_coordinator")
#: columns of the table, and who is meant by each
COLUMNS = {
    "anonymous": ("anonymous",),
    "peer": ("peer",),
    "seen": OUTSIDERS,
    "hidden": OUTSIDERS,
    "admin": ("admin",),
    "member": ("member",),
    "coordinator": ("coordinator",),
    "copy": ("copy",),
}
FORM = {"title": "Wer vertritt wen?", "pitch": ""}
CHARTER = {"purpose": "Voneinander lernen", "goals": "", "success_criteria": "", "ground_rules": ""}
COMMUNITY = {
    "kind": "cop",
    "name": "CoP Personalentwicklung",
    "domain": "Lernen in der Stadt",
    "rhythm": "",
    "locale": "de",
    "visibility": "peers",
    "join_mode": "open",
}
MEETING = {
    "title": "Treffen",
    "starts_on": f"{now() + timedelta(days=20):%Y-%m-%d}",
    "starts_at": "10:00",
    "minutes": "60",
    "format": "online",
    "place": "",
    "description": "",
    "audience": "community",
    "opens_days_before": "9",
    "closes_days_before": "3",
    "agenda": "10 Ankommen",
    "links": "",
}
ARTICLE = {"title": "Desksharing", "body": "So.", "tags": "", "licence": "CC-BY-4.0", "audience": "city"}
CONFIRMING = {"compared": "1", "level": "2"}

#: what a valid form of each route holds
FORMS: dict[str, Callable[[World], dict[str, str]]] = {
    "communities.found": lambda world: COMMUNITY | CHARTER,
    "communities.change": lambda world: COMMUNITY | CHARTER | {"visibility": world.audience},
    "communities.join": lambda world: {"shows_name": "no", "role_title": "HR"},
    "communities.change_role": lambda world: {"role": "member"},
    "meetings.propose": lambda world: FORM,
    "meetings.propose_for_later": lambda world: FORM,
    "meetings.edit": lambda world: FORM,
    "meetings.answer": lambda world: {"answer": "confirmed"},
    "meetings.finish": lambda world: {"done": "1"},
    "meetings.support": lambda world: {"supported": "1"},
    "meetings.plan": lambda world: MEETING | {"repeat": "never", "first_number": "1"},
    "meetings.change": lambda world: MEETING,
    "doors.join": lambda world: {"code": str(world.ids["code"])},
    "room.do": lambda world: {"text": "Sparring zu dritt"},
    "minutes.save": lambda world: {"body": "- Neu", "rev": "1", "do": "save"},
    "minutes.publish": lambda world: {"audience": "community", "licence": "CC-BY-4.0", "rev": "1"},
    "minutes.amend": lambda world: {"text": "Neu", "rev": "1"},
    "minutes.ask": lambda world: {"days": "7"},
    "minutes.decline": lambda world: {"reason": "Das war anders."},
    "minutes.replace": lambda world: {"name": world.names["member"]},
    "knowledge.publish": lambda world: ARTICLE | {"kind": "guide", "locale": "de", "community": ""},
    "knowledge.correct": lambda world: ARTICLE | {"rev": str(world.article_rev)},
    "rotation.answer": lambda world: {"answer": "confirm"},
    "rotation.choose": lambda world: {"takes_turns": "yes"},
    "accounts.choose_language": lambda world: {"locale": "de", "next": "/"},
    "sharing.accept": lambda world: {"invitation": "made-up"},
    "sharing.offer": lambda world: CONFIRMING | {"invitation": "made-up"},
    "sharing.confirm": lambda world: CONFIRMING,
    "quarantine.begin": lambda world: {"since": "2026-01-02T08:00", "arrivals": "wait"},
    "quarantine.drop": lambda world: {"named": "Aalborg"},
    "visits.take_back": lambda world: {"city": AALBORG},
    "trust.levels": lambda world: {"level_in": "3", "level_out": "2"},
    "trust.end": lambda world: {"copies": "kept"},
    "trust.copies": lambda world: {"copies": "hidden"},
    "own_keys.rotate": lambda world: {"purpose": "peer"},
    "own_keys.revoke_own": lambda world: {"sure": "1"},
    "own_keys.confirm": lambda world: {"key": f"{world.partner.origin}/actor#peer-2", "compared": "1"},
    "own_keys.refuse": lambda world: {"key": f"{world.partner.origin}/actor#peer-2"},
}
#: where a route needs another row than the usual one
INSTEAD = {
    "meetings.end": {"meeting_id": "begun_id"},
    "meetings.end_form": {"meeting_id": "begun_id"},
    "meetings.enter_video": {"meeting_id": "begun_id"},
    "minutes": {"meeting_id": "begun_id"},
    "room": {"meeting_id": "begun_id"},
    "meetings.take_up": {"topic_id": "kept_id"},
    "communities.change_role": {"membership_id": "member_record_id"},
    "sharing.confirm": {"peer_id": "asking_id"},
    "sharing.confirm_form": {"peer_id": "asking_id"},
    "sharing.refuse": {"peer_id": "asking_id"},
    "trust.copies": {"peer_id": "ended_id"},
    "federation.show_object": {"name": "community_name_id"},
}
#: asked as a program asks
DOCUMENTS = {"federation.show_object", "federation.show_person", "federation.show_actor"}
#: of the community that somebody from another city visits; topics of others can be supported and not changed
OPEN_TO_VISITORS = {
    "GET /communities/<uuid:community_id>",
    "GET /communities/<uuid:community_id>/charter",
    "GET /communities/<uuid:community_id>/meetings",
    "GET /communities/<uuid:community_id>/topics",
    "POST /communities/<uuid:community_id>/topics",
    "GET /meetings/<uuid:meeting_id>",
    "GET /meetings/<uuid:meeting_id>/video",
    "POST /meetings/<uuid:meeting_id>/topics",
    "POST /topics/<uuid:topic_id>/support",
    "GET /meetings/<uuid:meeting_id>/room",
    "GET /meetings/<uuid:meeting_id>/room/beamer",
    "GET /meetings/<uuid:meeting_id>/room/live",
    "GET /meetings/<uuid:meeting_id>/room/mine",
    "POST /meetings/<uuid:meeting_id>/room/<command>",
}
JITSI = {"url": "https://meet.kassel.example", "app_id": "reihum", "secret": "j" * 32}
KEY = Key(f"{AALBORG}/actor#peer-1")
#: each asks from elsewhere: who is refused too often from one place has to wait
ADDRESSES = (f"192.0.2.{number}" for number in cycle(range(1, 255)))


@pytest.fixture(scope="module")
def app(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    from cop.base.db import transaction
    from cop.sharing.stores import SqlPeers
    from federation.ports import Level, Peer, PeerState

    database = fresh_database(template, tmp_path_factory.mktemp("roles") / "reihum.sqlite")
    app = an_app(settings_for(database, origin=ORIGIN, development=False, plugins={"jitsi": JITSI}))
    with app.app_context():
        friend = Peer(AALBORG, PeerState.ACTIVE, Level.WORK, Level.WORK, f"{AALBORG}/a/1")
        SqlPeers().add(friend, name=AALBORG, keys={KEY.key_id: KEY.public})
        with transaction():
            pass
        yield app
        db.session.remove()
        db.engine.dispose()


def expected() -> dict[str, dict[str, str]]:
    """Read the table: method and path, then what each column gets."""
    head, *lines = [line.split() for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    assert head[2:] == list(COLUMNS)
    return {f"{line[0]} {line[1]}": dict(zip(COLUMNS, line[2:], strict=True)) for line in lines}


def routes(app: Flask) -> dict[str, str]:
    """Return each method and path with its endpoint."""
    return {
        f"{method} {rule.rule}": rule.endpoint
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    }


def test_the_table_names_every_route_and_no_other(app: Flask) -> None:
    assert sorted(expected()) == sorted(routes(app))


@pytest.mark.parametrize("audience", [Audience.PEERS, Audience.COMMUNITY])
@pytest.mark.parametrize("route", expected())
def test_everybody_gets_what_the_table_says(app: Flask, route: str, audience: Audience) -> None:
    columns = columns_for(audience)

    found = {column: outcomes(app, route, column, audience) for column in columns}

    assert found == {column: told(route, column, audience) for column in columns}


@pytest.mark.parametrize("audience", [Audience.PEERS, Audience.COMMUNITY])
def test_a_visitor_gets_their_community_and_what_everybody_gets_and_is_refused_all_else(app, audience) -> None:
    for_all = {Policy.PUBLIC, Policy.PEER}

    ends = "POST /visits/end"

    worlds = {route: world_for(app, route if route == ends else "GET /", "guest", audience) for route in routes(app)}
    found = {route: attempt(app, worlds[route], "guest", route) for route in routes(app)}

    assert found == {
        route: "ok"
        if route in OPEN_TO_VISITORS
        else told(route, "anonymous", audience)
        if policy_of(app, endpoint) in for_all
        else "403"
        for route, endpoint in routes(app).items()
    }


def told(route: str, column: str, audience: Audience) -> str:
    """Return what the table says."""
    cell = expected()[route][column]
    if cell == "=":
        cell = expected()[route]["seen" if audience == Audience.PEERS else "hidden"]
    seen, _, hidden = cell.partition("|")
    return hidden if hidden and audience != Audience.PEERS else seen


def columns_for(audience: Audience) -> list[str]:
    """Leave out who can't be where others see the community, or don't; at a copy it makes no difference."""
    left_out = {"hidden"} if audience == Audience.PEERS else {"seen", "copy"}
    return [column for column in COLUMNS if column not in left_out]


def outcomes(app: Flask, route: str, column: str, audience: Audience) -> str:
    """Let all who are meant by a column try; what they get is one word, unless they get different things."""
    world = world_for(app, route, column, audience)
    return "/".join(sorted({attempt(app, world, who, route) for who in COLUMNS[column]}))


def world_for(app: Flask, route: str, column: str, audience: Audience) -> World:
    """Make a world for each form, and for each who sends it where one would spoil it for the next."""
    place = AALBORG if column == "copy" else None
    spoils = column if routes(app)[route] in {"knowledge.withdraw", "knowledge.correct"} else ""
    key = (route if route.startswith("POST") else "", spoils, place, audience)
    worlds: dict[object, World] = app.extensions.setdefault("tests.worlds", {})
    if key not in worlds:
        worlds[key] = World(app, audience, origin=place)
    return worlds[key]


def attempt(app: Flask, world: World, who: str, route: str) -> str:
    endpoint = routes(app)[route]
    method, _, rule = route.partition(" ")
    path = filled(rule, endpoint, world)
    form = FORMS.get(endpoint, lambda world: {})(world) if method == "POST" else {}
    if who == "peer":
        return outcome(signed(app, method, path))
    if who in {"anonymous", "guest"}:
        visitor = Visitor(app) if who == "anonymous" else world.guest()
    else:
        visitor = world.reader("member" if who == "copy" else who)
    visitor.client.environ_base["REMOTE_ADDR"] = next(ADDRESSES)
    if method == "POST":
        return outcome(visitor.post(path, **form))
    if endpoint in DOCUMENTS:
        return outcome(visitor.client.get(path, headers={"Accept": "application/activity+json"}))
    return outcome(visitor.get(path))


def filled(rule: str, endpoint: str, world: World) -> str:
    others = INSTEAD.get(endpoint) or INSTEAD.get(endpoint.partition(".")[0]) or {}
    path = rule
    for converter in ("uuid:", "int(max=2000000000):", "int:", "path:"):
        path = path.replace(f"<{converter}", "<")
    for name, value in world.ids.items():
        path = path.replace(f"<{name}>", str(world.ids[others[name]] if name in others else value))
    assert "<" not in path, path
    return path


def signed(app: Flask, method: str, path: str):
    """Ask as the server of a partner city, with its key."""
    said = {"id": f"{AALBORG}/a/{now().timestamp()}", "type": "View", "actor": f"{AALBORG}/actor"}
    body = json.dumps({"@context": "https://www.w3.org/ns/activitystreams", **said, "object": said["actor"]})
    host = ORIGIN.partition("://")[2]
    draft = Draft(KEY, host, method=method, path=path, body=body.encode() if method == "POST" else b"")
    draft.headers["accept"] = "application/activity+json"
    sealed = draft.seal()
    return app.test_client().open(path, method=method, headers=sealed.headers, data=sealed.body or None)


def outcome(answer) -> str:
    answer.close()
    place = answer.headers.get("Location", "")
    if answer.status_code in {302, 303} and place.startswith("/login"):
        return "sign-in"
    return "ok" if answer.status_code < 400 else str(answer.status_code)
