# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Members who reach for what isn't theirs, and starts that must not happen. Signing in is tested with the accounts."""

import json
import logging
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from cop.app import create_app
from cop.base import logs
from cop.base.audience import Audience
from cop.base.db import Model, db, transaction
from cop.base.web import Policy, policy_of, public
from cop.communities import services as communities
from cop.communities.models import JoinMode, MembershipRecord, MemberState
from cop.communities.queries import record_of
from cop.knowledge.services import publish_article
from cop.meetings.models import Series
from cop.settings import SettingsError
from cop.sharing.models import PeerRecord
from tests.builders import AALBORG, a_community, a_meeting, a_person, a_record, a_topic, a_turn
from tests.conftest import settings_for
from tests.hostile.catalogue import cases
from tests.reader import Reader

SECRET_WORD = "Vertraulich"
MEMBERSHIP = {"role": "coordinator", "state": "active", "community_id": str(uuid4()), "person_id": str(uuid4())}
#: one for each kind of form about something of a community
FORMS = [
    {},
    {"answer": "confirmed"},
    {"answer": "confirm"},
    {"role": "coordinator"},
    {"title": "Neu", "pitch": ""},
    {"body": "x", "rev": "0", "do": "save"},
    {"body": "x", "rev": "1", "title": "x", "tags": "", "licence": "CC-BY-4.0", "audience": "city", "note": ""},
    {"audience": "city", "licence": "CC-BY-4.0", "rev": "0"},
    {"shows_name": "yes", "role_title": ""},
    {"name": "Miriam"},
    {"takes_turns": "yes"},
]
#: what signing in as somebody else's changes by itself
OWN = {"login_session", "login_attempt", "account"}


@pytest.fixture
def scene(app):
    return Scene(app)


class Scene:
    """A private community with one of everything, and somebody who coordinates another one."""

    def __init__(self, app):
        self.app = app
        with transaction():
            founder = a_person("Nadja")
            private = a_community(
                SECRET_WORD, founder=founder, visibility=Audience.COMMUNITY, join_mode=JoinMode.INVITE
            )
            asking = a_record(private, "Selin", state=MemberState.ASKED)
            meeting = a_meeting(private, title=SECRET_WORD, audience=Audience.COMMUNITY, starts_in=timedelta(days=9))
            member = record_of(private.id, founder.id)
            topic = a_topic(meeting, member, SECRET_WORD)
            turn = a_turn(meeting, "moderator", member)
            series = db.session.scalars(select(Series)).first()
            article = _an_article(private, founder)
            outsider = a_person("Bram")
            own = a_community("CoP Ordnung", founder=outsider)
            self.ids = {
                "community_id": private.id,
                "membership_id": asking.id,
                "meeting_id": meeting.id,
                "topic_id": topic.id,
                "withdrawn_id": topic.id,
                "turn_id": turn.id,
                "article_id": article.id,
                "series_id": series.id if series else uuid4(),
                "version": 1,
                "name": uuid4(),
            }
            self.own_id = own.id
        self.outsider = Reader(app, outsider)
        self.founder = Reader(app, founder)

    def routes(self):
        """Every route about something of a community: (method, path, endpoint)."""
        adapter = self.app.url_map.bind("127.0.0.1:8101")
        about = set(self.ids) - {"name"}
        for rule in self.app.url_map.iter_rules():
            if rule.arguments and rule.arguments <= about:
                path = adapter.build(rule.endpoint, {name: self.ids[name] for name in rule.arguments})
                for method in sorted(rule.methods & {"GET", "POST"}):
                    yield method, path, rule.endpoint

    def rows(self):
        """All that is stored, but sessions."""
        db.session.rollback()
        tables = [table for table in Model.metadata.sorted_tables if table.name not in OWN]
        return {
            table.name: sorted(map(repr, db.session.execute(select(table)))) for table in tables if _is_there(table)
        }


def _is_there(table):
    return db.inspect(db.engine).has_table(table.name)


def _an_article(community, author):
    return publish_article(
        author_person_id=author.id,
        kind="guide",
        title=SECRET_WORD,
        body=SECRET_WORD,
        audience=Audience.COMMUNITY,
        community=community,
        locale="de",
        licence="CC-BY-4.0",
        tags=[],
    )


def _secret_key(scene, case):
    for secret in ("", "dev", "x" * 31):
        with pytest.raises(SettingsError, match="secret_key"):
            settings_for("sqlite://", secret_key=secret)


def _no_debugger(scene, case, monkeypatch):
    """Whatever the environment says: a failure is a page with a number, in production and everywhere."""
    monkeypatch.setenv("FLASK_DEBUG", "1")
    app = create_app(settings_for(scene.app.config["SQLALCHEMY_DATABASE_URI"]))
    assert app.debug is False
    with app.app_context():
        db.engine.dispose()


def _pages_are_private(scene, case):
    pages = [rule.rule for rule in scene.app.url_map.iter_rules() if "GET" in rule.methods and not rule.arguments]
    pages += [path for method, path, _ in scene.routes() if method == "GET"]
    for page in pages:
        if page in {"/login/callback", "/healthz", "/actor"}:
            continue
        headers = scene.founder.get(page).headers
        assert headers["Cache-Control"].endswith("no-store"), page
        assert "Cookie" in headers.get("Vary", ""), page


def _closed_to_others(scene, case):
    """Every route × every object of a community one doesn't belong to, though one coordinates another.

    Three lines share them: what is read, what members change, what coordinators change.
    """
    before, tried = scene.rows(), 0
    for method, path, endpoint in scene.routes():
        policy = policy_of(scene.app, endpoint)
        line = "AUTH-081" if method == "GET" else "AUTH-084" if policy is Policy.COORDINATOR else "AUTH-079"
        if line == case.id:
            refused(scene.outsider, method, path, case, endpoint)
            tried += 1
    assert tried > 5
    assert scene.rows() == before
    for page in (f"/search?q={SECRET_WORD[:5]}", "/", "/calendar", "/communities", "/knowledge", "/calendar/feed"):
        assert SECRET_WORD not in scene.outsider.get(page).text, page


def refused(reader, method, path, case, about=""):
    """Assert that a route is closed, with a form that it would take: a form that is wrong is told so before."""
    answers = [reader.get(path)] if method == "GET" else [reader.post(path, **form) for form in FORMS]
    statuses = {answer.status_code for answer in answers}
    assert statuses & set(case.http), (method, path, about, statuses)
    assert statuses <= {*case.http, 400}, (method, path, about, statuses)
    assert not [answer for answer in answers if SECRET_WORD in answer.text], (method, path)


def _nobody_is_looked_up(scene, case):
    """No address takes the id of a person or an account; people of a community are seen by its members."""
    named = {name for rule in scene.app.url_map.iter_rules() for name in rule.arguments}
    assert not {name for name in named if "person" in name or "account" in name or "user" in name}
    assert scene.outsider.client.get(f"/m/{uuid4()}", headers={"Accept": "application/json"}).status_code == 404


def _nothing_is_assigned_by_hand(scene, case):
    """Fields that a form doesn't have are refused, whatever they are called."""
    meeting = scene.ids["meeting_id"]
    forms = {
        "/communities/new": {"name": "Neu", "domain": "x", "kind": "cop", "purpose": "x"},
        f"/meetings/{meeting}/topics": {"title": "Neu", "pitch": ""},
        "/knowledge/new": {"title": "Neu", "body": "x", "kind": "guide", "audience": "city", "licence": "CC-BY-4.0"},
    }
    before = scene.rows()
    for path, form in forms.items():
        for name, value in {**MEMBERSHIP, "author_id": "x", "verified": "1", "is_admin": "1", "origin": "x"}.items():
            answer = scene.founder.post(path, **form, **{name: value})
            assert answer.status_code in case.http, (path, name, answer.status_code)
    assert scene.rows() == before


def _neighbours_of_ids(scene, case):
    """Ids beside a known one lead nowhere, and knowing one is not enough."""
    known = scene.ids["meeting_id"]
    for step in (-2, -1, 1, 2):
        assert scene.founder.get(f"/meetings/{UUID(int=known.int + step)}").status_code == 404
    assert scene.outsider.get(f"/meetings/{known}").status_code in case.http


def _own_request(scene, case):
    """Who asks does not decide: neither about a membership nor about a partner city."""
    with transaction():
        community = a_community("CoP Anfrage", join_mode=JoinMode.REQUEST)
        asking = communities.ask_to_join(community, a_person("Ove"), shows_name=True, role_title="")
        peer = PeerRecord(origin=AALBORG, name="Aalborg", short="Aalborg", letters="AA", hue=200, locale="da")
        peer.state, peer.made_at = "asked", asking.asked_at
        db.session.add(peer)
        db.session.flush()
        base, asker = f"/communities/{community.id}", asking.person
        paths = [f"{base}/requests/{asking.id}/accept", f"{base}/members/{asking.id}/role"]
        paths += [f"/admin/partners/{peer.id}/confirm"]
        asking_id = asking.id
    reader, before = Reader(scene.app, asker), scene.rows()
    for path in paths:
        refused(reader, "POST", path, case)
    assert {k: v for k, v in scene.rows().items() if before[k] != v} == {}
    assert db.session.get_one(MembershipRecord, asking_id).state == MemberState.ASKED


def _broken(scene, case):
    """A failure of ours says a number, and nothing about the inside."""

    def break_it():
        raise RuntimeError("SELECT secret FROM person WHERE file = '/etc/passwd'")

    scene.app.add_url_rule("/test/broken", "test_broken", public(break_it))
    answer = scene.outsider.get("/test/broken")

    assert answer.status_code == 500
    assert [
        word for word in ("Traceback", "SELECT", "passwd", "RuntimeError", "Werkzeug", ".py") if word in answer.text
    ] == []
    assert "Nummer" in answer.text


def _one_log_line(scene, case, capsys):
    """A line break or a terminal's command in what somebody sent stays inside its line."""
    spiteful = case.setup["headers"]["User-Agent"]
    logs.init_logs(development=False)
    logging.getLogger("cop.test").warning("came with %s", spiteful)

    lines = [line for line in capsys.readouterr().out.splitlines() if line]

    assert len(lines) == 1
    assert json.loads(lines[0])["event"] == f"came with {spiteful}"
    assert "\x1b" not in lines[0]


PLAYS = {
    "AUTH-057": _secret_key,
    "AUTH-058": _no_debugger,
    "AUTH-077": _pages_are_private,
    "AUTH-079": _closed_to_others,
    "AUTH-081": _closed_to_others,
    "AUTH-083": _nobody_is_looked_up,
    "AUTH-084": _closed_to_others,
    "AUTH-085": _nothing_is_assigned_by_hand,
    "AUTH-088": _neighbours_of_ids,
    "AUTH-094": _own_request,
    "AUTH-097": _broken,
    "AUTH-098": _one_log_line,
}


@cases("auth")
def test_whoever_reaches_further_than_they_may(scene, case, request):
    play = PLAYS[case.id]
    wanted = play.__code__.co_varnames[2 : play.__code__.co_argcount]
    play(scene, case, **{name: request.getfixturevalue(name) for name in wanted})
