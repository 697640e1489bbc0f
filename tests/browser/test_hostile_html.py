# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Hostile texts in a real browser: no dialog, no script, no request to elsewhere, nothing for the policy to stop."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page

from cop.accounts.models import Person
from cop.base.clock import now
from cop.base.db import db, transaction
from cop.communities.models import Community
from cop.communities.rules import Membership
from cop.communities.services import require_member
from cop.knowledge.models import Article, ArticleTag
from cop.meetings.models import Meeting
from cop.minutes.models import Minutes
from tests.browser.pages import DESK, Watched
from tests.builders import AALBORG, a_city, a_community, a_meeting, a_person, a_record, a_topic, an_article
from tests.databases import fresh_database
from tests.hostile.catalogue import html_payloads
from tests.live_instance import LiveInstance
from tests.reader import Reader

LINE = 200
GROUP = 8
#: what every context of the catalogue would do if it ran
PROBE = "window.ran = []; for (const name of ['alert', 'confirm', 'prompt']) window[name] = (...said) => window.ran.push(said)"


@dataclass
class Scene:
    """Where the texts are shown, and who sees it all."""

    city: LiveInstance
    cookie: str
    many: list[str]
    articles: list[str]

    @property
    def searches(self) -> list[str]:
        return [f"/search?{urlencode({'q': line})}" for line, _ in texts()]


def texts() -> list[tuple[str, str]]:
    """Each payload, as one line and whole; a database takes no NUL."""
    whole = [text.replace("\0", "") for _, text in html_payloads()]
    return [(text[:LINE], text) for text in whole]


@pytest.fixture(scope="module")
def scene(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder: Path = tmp_path_factory.mktemp("hostile")
    city = LiveInstance("Kassel", fresh_database(template, folder / "reihum.sqlite"))
    try:
        with city.app.app_context():
            yield _write(city, city.app)
    finally:
        city.close()


def _write(city: LiveInstance, app: Flask) -> Scene:
    with transaction():
        a_city()
        reader = a_person("Miriam")
        home = a_community("CoP", founder=reader)
        member = require_member(home.id, reader.id)
        ahead = a_meeting(home)
        running = a_meeting(home, starts_in=timedelta(hours=-1))
        for line, whole in texts():
            _hostile_everywhere(home, ahead, line, whole)
        own = a_topic(ahead, member, title=texts()[0][0])
        draft = "\n\n".join(whole for _, whole in texts() if len(whole) < LINE)
        db.session.add(_draft(running, member, draft))
        mine = an_article(author=reader)
        mine.title = texts()[0][0]
        articles = list(db.session.scalars(db.select(Article.id)))
        foreign = list(db.session.scalars(db.select(Community.id).where(Community.origin == AALBORG)))
        many = [
            *(f"/communities/{home.id}{end}" for end in ("", "/charter", "/members", "/topics", "/knowledge")),
            *(f"/communities/{one}{end}" for one in foreign[:3] for end in ("", "/charter", "/join")),
            *(f"/meetings/{ahead.id}{end}" for end in ("", "/edit", "/cancel")),
            f"/meetings/{running.id}/minutes",
            f"/topics/{own.id}/edit",
            f"/knowledge/{mine.id}/edit",
            f"/knowledge/{mine.id}/withdraw",
            "/communities",
            *(f"/knowledge?page={page}" for page in (1, 2, 3, 4)),
            "/",
        ]
    return Scene(city, Reader(app, reader).cookie, many, [f"/knowledge/{id_}" for id_ in articles])


def _hostile_everywhere(home: Community, ahead: Meeting, line: str, whole: str) -> None:
    person: Person = a_person(line)
    record = a_record(home, person=person, role_title=line[:100])
    a_topic(ahead, Membership(home.id, person.id, record.role), title=line, pitch=whole[:2000])
    # past the forms that would refuse it: as if it had always stood here
    article = an_article("Titel", origin=AALBORG if len(line) % 2 else None, community=None, author=person)
    article.title, article.body = line, whole
    article.tags = [ArticleTag(tag=f"{line[:50]}{uuid4().hex[:4]}")]
    copy = a_community("Fremd", origin=AALBORG)
    copy.name = copy.domain = copy.rhythm = line
    copy.charter.purpose = whole
    copy.charter.goals = copy.charter.ground_rules = copy.charter.success_criteria = [line]
    db.session.flush()


def _draft(meeting: Meeting, member: Membership, body: str) -> Minutes:
    return Minutes(meeting_id=meeting.id, body=body, saved_at=now(), saved_by_id=member.person_id)


@pytest.fixture
def reader(scene: Scene, chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport=DESK, locale="de-DE")
    name, _, value = scene.cookie.partition("=")
    context.add_cookies([{"name": name, "value": value, "url": scene.city.origin}])
    context.add_init_script(PROBE)
    yield context
    context.close()


@pytest.mark.parametrize("where", ["many", "articles", "searches"])
def test_nothing_that_somebody_wrote_runs(scene: Scene, reader: BrowserContext, where: str) -> None:
    page = reader.new_page()
    watched = Watched(page, scene.city.origin)

    found = []
    for path in getattr(scene, where):
        answer = page.goto(scene.city.origin + path)
        assert answer is not None
        assert answer.ok, path
        found += watched.faults() + ran(page)

    assert found == []


def test_a_form_that_comes_back_runs_nothing(scene: Scene, reader: BrowserContext) -> None:
    page = reader.new_page()
    watched = Watched(page, scene.city.origin)

    for line, body in forms():
        page.goto(f"{scene.city.origin}/knowledge/new")
        page.get_by_label("Titel").fill(line)
        page.locator("#body").fill(body)
        page.get_by_role("button", name="Vorschau").click()
        assert watched.faults() + ran(page) == []


def test_the_watch_sees_what_would_run(scene: Scene, reader: BrowserContext) -> None:
    page = reader.new_page()
    watched = Watched(page, scene.city.origin)
    page.goto(f"{scene.city.origin}/knowledge/new")

    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<p onmouseover=alert(1)>x</p><img src=//evil.example>')"
    )
    page.wait_for_timeout(100)

    assert len(watched.faults()) > 1


def forms() -> list[tuple[str, str]]:
    """A title and a body each, with a handful of payloads in each body."""
    short = [whole for _, whole in texts() if len(whole) < LINE]
    groups = [short[start : start + GROUP] for start in range(0, len(short), GROUP)]
    return [(group[0], "\n\n".join(group)) for group in groups]


def ran(page: Page) -> list[str]:
    """Return what scripts said, after pointing at and opening what could carry one."""
    page.evaluate("""() => {
        for (const element of document.querySelectorAll("main *")) {
            element.dispatchEvent(new MouseEvent("mouseover", {bubbles: true}));
            if (element.tagName === "DETAILS") element.open = true;
        }
    }""")
    return [f"{page.url}: {said}" for said in page.evaluate("window.ran")]
