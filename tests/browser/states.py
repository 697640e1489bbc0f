# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the demo's story doesn't have: a meeting that runs, a second version, somebody who asks, a city that asks, nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from secrets import token_urlsafe
from uuid import UUID

from flask import Flask

from cop.accounts.services import invite_admin
from cop.accounts.session import keyed_hash
from cop.app import create_app
from cop.base.db import db, transaction
from cop.communities.models import MemberState
from cop.demo.seed import kassel
from cop.demo.seed.find import by_name
from cop.demo.seed.people import person
from cop.knowledge.models import Article
from cop.knowledge.services import correct_article, withdraw_article
from cop.meetings.services import record_action
from cop.minutes import services as minutes
from cop.room.services.moderation import take_over
from cop.room.services.opening import prepare
from cop.settings import load_settings
from cop.sharing.models import PeerKey
from federation.peering import PeerState
from tests.browser.conftest import Demo
from tests.builders import a_city, a_community, a_meeting, a_peer, a_record, a_topic, an_article

RUNNING = "Treffen mit vielen Fragen"
EMPTY = "Zirkel Schichtplanung"
WRITERS = ("nadja", "tjark")
HEIDELBERG = "https://reihum.heidelberg.example"


@contextmanager
def inside(demo: Demo, city: str) -> Iterator[Flask]:
    """An app over a city's data, beside the processes that serve it."""
    app = create_app(load_settings(demo.folder / city / "cop.toml", environment={}))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def complete(demo: Demo) -> list[str]:
    """Add to Kassel what is missing; return the paths to which no link leads."""
    token, gone = token_urlsafe(32), _deleted_article(demo)
    with inside(demo, "kassel"), transaction():
        meeting = a_meeting(kassel.community(), title=RUNNING, starts_in=timedelta(hours=-1))
        a_topic(meeting, kassel.as_member("tjark"))
        minutes.save_draft(meeting, kassel.as_member("nadja"), body="Wir haben **viel** gefragt.", rev=0)
        amended = _amended()
        guide = by_name(Article, "Leitfaden: Führungsdialog in 60 Minuten", column="title")
        correct_article(guide, title=guide.title, body=f"{guide.body}\nNeu: mit Vorlage.\n", note="Ergänzt")
        a_record(kassel.community(), "Ruth Wendelin", state=MemberState.ASKED)
        a_community(EMPTY, founder=person("selin"), domain="Schichten so planen, dass es für alle passt.")
        invite_admin(keyed_hash(token))
        take_over(prepare(meeting, kassel.as_member("nadja")), kassel.as_member("nadja"))
        running = f"/meetings/{meeting.id}"
        return [
            running,
            f"{running}/room",
            f"{running}/room/end",
            "/join",
            f"{running}/minutes/publish",
            f"/meetings/{amended}/minutes",
            f"/meetings/{amended}/minutes/amendments",
            f"/meetings/{amended}/minutes/amendments?passage=1",
            f"/admin/partners/{_asking_city()}/confirm",
            f"/admin-invitation/{token}",
            f"/gone/{gone}",
        ]


def _amended() -> UUID:
    """A meeting that is over, with a task, a draft, and what members want changed in it."""
    meeting, nadja, tjark = a_meeting(kassel.community(), title="Treffen mit Entwurf"), *map(kassel.as_member, WRITERS)
    meeting.starts_local -= timedelta(days=20)
    meeting.starts_at -= timedelta(days=20)
    record_action(meeting, nadja, text="Die Liste der Fragen schicken", owner_id=tjark.person_id)
    minutes.save_draft(meeting, nadja, body="# Fragen\n\n- Wir haben gefragt.\n- [[Unter uns]]\n", rev=0)
    minutes.ask_for_amendments(meeting, nadja)
    minutes.propose_amendment(meeting, tjark, text="- Wir haben viel gefragt.", passage=1, rev=1)
    refused = minutes.propose_amendment(meeting, tjark, text="Der Raum fehlt.")
    minutes.decline_amendment(refused, meeting, nadja, reason="Er steht in der Einladung.")
    return meeting.id


def _deleted_article(demo: Demo) -> UUID:
    """Publish an article and take it back, so that other cities hear of both."""
    with inside(demo, "kassel"):
        with transaction():
            article_id = an_article("Ein Versehen", author=person("nadja")).id
        with transaction():
            withdraw_article(db.session.get_one(Article, article_id))
    return article_id


def _asking_city() -> UUID:
    facts = {"name": "Stadt Heidelberg", "short": "Heidelberg", "letters": "HD", "hue": 320, "locale": "de"}
    a_city(HEIDELBERG, **facts)
    peer = a_peer(HEIDELBERG, level=0, **facts)
    peer.state = PeerState.ASKED
    peer.keys = [PeerKey(key_id=f"{HEIDELBERG}/actor#peer-1", public_key=bytes(32), valid_until=None)]
    db.session.flush()
    return peer.id
