# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Each hostile text in every field that shows text, on every page that shows it: as a parser of HTML sees it.

The texts are written past the forms and schemas that would refuse some of them, as if they had always stood there. The
same in a real browser: `tests/browser`, with the texts of `catalogue.html_payloads()`.
"""

import re
from urllib.parse import urlencode

import pytest

from cop.accounts.models import KnownCity, Person
from cop.base.db import db, transaction
from cop.base.mail import Mail
from cop.communities import services as communities
from cop.communities.models import Charter, Community, JoinMode, MembershipRecord
from cop.knowledge.models import Article, ArticleTag, Revision
from cop.meetings.models import Meeting, Topic
from cop.minutes.models import Minutes
from tests.builders import AALBORG, a_city, a_community, a_meeting, a_person, a_record, a_topic, an_account, an_article
from tests.conftest import an_app, settings_for
from tests.cop.knowledge.dom import assert_harmless
from tests.databases import fresh_database
from tests.hostile.catalogue import cases, payload
from tests.reader import Reader

LINE = 200
HARMLESS = "Harmlos"
#: elements of ours that a text with several lines, or an empty one, brings along
OURS = {"span", "svg", "use", "details", "summary", "ins", "del"}
CSP = {
    "default-src": ["'none'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    "form-action": ["'self'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
}


@pytest.fixture(scope="module")
def scene(template, tmp_path_factory):
    """One of everything that shows text, of this city and of another, and somebody who may see it all."""
    app = an_app(settings_for(fresh_database(template, tmp_path_factory.mktemp("html") / "reihum.sqlite")))
    with app.app_context():
        yield Scene(app)
        db.session.remove()
        db.engine.dispose()


class Scene:
    """Fields to write into, and the pages that show them."""

    def __init__(self, app):
        with transaction():
            a_city()
            miriam = a_person("Miriam", organisation="Stadt Kassel", unit="Personalamt")
            pages = [self._build(None, miriam), self._build(AALBORG, miriam)]
            article = an_article("Artikel", body="Text", author=miriam, tags=["Wort"])
            away = an_article("Artikel", body="Text", origin=AALBORG, tags=["Ord"])
        self.reader = Reader(app, miriam)
        self.paths = [
            *(path for some in pages for path in some),
            *(f"/knowledge/{one.id}" for one in (article, away)),
            f"/knowledge/{article.id}/edit",
            f"/knowledge/{article.id}/versions/1",
            "/knowledge",
            "/communities",
            "/",
            "/me",
        ]
        # where the fields are that the many lines name: texts of topics, articles and others' cities, and names
        self.some = [path for path in self.paths if path.startswith("/meetings/") or path.endswith("/members")]
        self.some += [f"/knowledge/{one.id}" for one in (article, away)]
        self.write(HARMLESS)
        self.innocent = dict(self.pages(HARMLESS))

    def _build(self, origin, miriam):
        """Return the paths of a community's pages, at its home or at a copy."""
        community = a_community(origin=origin, **({"founder": miriam} if origin is None else {}))
        if origin is not None:
            a_record(community, person=miriam, role_title="Fachkraft")
        bram = a_record(community, "Bram", origin=origin)
        meeting = a_meeting(community, place="Rathaus", description="Text")
        a_topic(meeting, bram, pitch="Text")
        own = a_topic(meeting, communities.require_member(community.id, miriam.id))
        ends = ("", "/charter", "/members", "/meetings", "/topics", "/leave", "/turns")
        paths = [f"/communities/{community.id}{end}" for end in ends]
        return [*paths, f"/meetings/{meeting.id}", f"/topics/{own.id}/edit"]

    def write(self, text):
        """Put a text into every field that shows text."""
        line = text.replace("\0", "")[:LINE]
        long = text.replace("\0", "")
        with transaction():
            update = db.session.query
            update(Community).update({"name": line, "domain": line, "rhythm": line})
            for charter in db.session.scalars(db.select(Charter)):
                charter.purpose, charter.goals, charter.ground_rules = long, [line], [line]
                charter.success_criteria = [line]
            update(MembershipRecord).update({"role_title": line[:100]})
            update(Person).update({"display_name": line, "organisation": line, "unit": line})
            update(KnownCity).filter_by(origin=AALBORG).update({"name": line, "short": line[:100]})
            update(Meeting).update({"title": line, "place": line, "description": long})
            for meeting in db.session.scalars(db.select(Meeting)):
                meeting.agenda = [{"kind": "other", "title": line, "minutes": 10}]
            update(Topic).update({"title": line, "pitch": long[:2000]})
            update(Article).update({"title": line, "body": long})
            update(Revision).update({"title": line, "body": long, "note": line})
            update(ArticleTag).update({"tag": line[:60]})
            update(Minutes).update({"body": long})

    def pages(self, text, paths=None):
        for path in [*(paths or self.paths), f"/search?{urlencode({'q': text[:LINE]})}"]:
            page = self.reader.get(path)
            assert page.status_code == 200, path
            yield path.partition("?")[0], page.text
        form = {"name": text, "domain": text, "kind": "no such kind"}
        yield "form", self.reader.post("/communities/new", **form).text


def _in_every_field(scene, case):
    text = payload(case.setup["payload"])
    scene.write(text)
    for path, html in scene.pages(text, scene.paths if "group.name" in case.setup["contexts"] else scene.some):
        assert_harmless(html, scene.innocent[path], f"{case.id} {path}", ours=OURS)


def _name_on_pages_of_others(scene, case):
    """A name that is markup, where other people see it."""
    scene.write(HARMLESS)
    with transaction():
        db.session.query(Person).update({"display_name": "<script>alert(1)</script>"})
    for path, html in scene.pages(HARMLESS):
        assert_harmless(html, scene.innocent[path], f"{case.id} {path}", ours=OURS)


def _in_mail(scene, case):
    """Marks of templates in a name are text in a mail."""
    text = case.setup["payload"]
    with transaction():
        db.session.query(Mail).delete()
        founder = a_person("Nadja")
        an_account(founder, email="nadja@kassel.example")
        community = a_community(text, founder=founder, join_mode=JoinMode.REQUEST)
        communities.ask_to_join(community, a_person(text), shows_name=True, role_title="")
    mail = db.session.scalars(db.select(Mail)).one()
    assert text in mail.subject + mail.body
    assert not re.search(r"(?<![0-9a-f-])49(?![0-9a-f-])", mail.subject + mail.body), "worked out, not an id's digits"


def _policy_on_all_pages(scene, case):
    scene.write(HARMLESS)
    for path in [
        *scene.paths,
        "/login",
        "/imprint",
        "/privacy",
        "/help",
        "/accessibility",
        "/no/such/page",
        "/healthz",
    ]:
        headers = scene.reader.get(path).headers
        told = dict(part.split(maxsplit=1) for part in headers["Content-Security-Policy"].split("; "))
        assert {name: value.split() for name, value in told.items() if name in CSP} == CSP, path
        assert not {"'unsafe-inline'", "'unsafe-eval'", "*"} & set(" ".join(told.values()).split()), path
        assert (headers["X-Content-Type-Options"], headers["X-Frame-Options"]) == ("nosniff", "DENY")


#: kind or page of a setup -> how it is played
PLAYS = {
    "store_and_render": _in_every_field,
    "comments": _name_on_pages_of_others,
    "group.welcome_text": _in_mail,
    "headers_all_pages": _policy_on_all_pages,
}


@cases("html")
def test_a_hostile_text(scene, case):
    setup = case.setup
    told = [setup["kind"], setup.get("page"), setup.get("field")]
    next(way for word, way in PLAYS.items() if word in told)(scene, case)
