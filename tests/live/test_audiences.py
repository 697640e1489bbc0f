# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who gets what: audiences widen and narrow, articles are corrected and withdrawn."""

import json

import pytest
from sqlalchemy import func, select

from cop.base.audience import Audience
from cop.base.db import db
from cop.communities import services as communities
from cop.communities.models import Community
from cop.knowledge import services as knowledge
from cop.knowledge.models import Article, ArticleKind
from cop.meetings import services as meetings
from cop.meetings.models import Answer, Meeting, Registration, Support
from cop.sharing.models import LogEntry
from tests.live.story import LINKS, Story, the_community, the_meeting, topic_called


@pytest.fixture
def story(kassel, aalborg) -> Story:
    return Story(kassel, aalborg).peer()


def publish(story: Story, audience: Audience, title: str = "Desksharing", **facts: object) -> None:
    with story.kassel.at_work():
        knowledge.publish_article(
            author_person_id=story.nadja,
            kind=ArticleKind.PRACTICE,
            title=title,
            body="0,7 Plätze je Kopf",
            audience=audience,
            community=the_community(),
            locale="de",
            tags=["büro"],
            **facts,
        )
    story.settle()


def articles_of(story: Story) -> list[tuple[str, int, str]]:
    with story.aalborg.app.app_context():
        found = db.session.scalars(select(Article).order_by(Article.title))
        return [(article.title, article.version, article.audience) for article in found]


def test_partner_cities_get_what_is_for_them_and_the_public(story: Story) -> None:
    for audience in Audience:
        publish(story, audience, title=f"Für {audience}")

    assert articles_of(story) == [("Für peers", 1, "peers"), ("Für public", 1, "public")]


def test_a_member_city_gets_what_is_for_the_community(story: Story) -> None:
    story.join()

    publish(story, Audience.COMMUNITY)

    assert articles_of(story) == [("Desksharing", 1, "community")]


def test_an_article_arrives_whole(story: Story) -> None:
    publish(story, Audience.PEERS, licence="CC0-1.0")

    with story.aalborg.app.app_context():
        article = db.session.scalars(select(Article)).one()
        assert (article.body, article.licence, [tag.tag for tag in article.tags], article.origin, article.author) == (
            "0,7 Plätze je Kopf",
            "CC0-1.0",
            ["büro"],
            story.kassel.origin,
            None,
        )
        assert article.community_id == the_community().id


def test_a_correction_arrives_as_a_new_version(story: Story) -> None:
    publish(story, Audience.PEERS)

    with story.kassel.at_work():
        article = db.session.scalars(select(Article)).one()
        knowledge.correct_article(article, title="Desksharing", body="0,8 Plätze je Kopf", note="Zahl berichtigt")
    story.settle()

    assert articles_of(story) == [("Desksharing", 2, "peers")]
    with story.aalborg.app.app_context():
        revisions = db.session.scalars(select(Article)).one().revisions
        assert [(revision.version, revision.note) for revision in revisions] == [(1, ""), (2, "Zahl berichtigt")]


def test_an_article_that_is_narrowed_is_forgotten_elsewhere_and_comes_back_when_widened(story: Story) -> None:
    publish(story, Audience.PEERS)
    for audience, expected in ((Audience.CITY, []), (Audience.PEERS, [("Desksharing", 1, "peers")])):
        with story.kassel.at_work():
            article = db.session.scalars(select(Article)).one()
            knowledge.correct_article(article, title=article.title, body=article.body, audience=audience)
        story.settle()

        assert articles_of(story) == expected


def test_a_withdrawn_article_is_gone_for_ever(story: Story) -> None:
    publish(story, Audience.PEERS)
    with story.kassel.at_work():
        article = db.session.scalars(select(Article)).one()
        path = article.uri.removeprefix(story.kassel.origin)
        knowledge.withdraw_article(article)
    story.settle()

    assert articles_of(story) == []
    answer = story.kassel.app.test_client().get(path, headers={"Accept": "application/activity+json"})
    assert (answer.status_code, answer.get_json()["type"]) == (410, "Tombstone")


def test_a_community_that_is_narrowed_takes_its_meetings_with_it(story: Story) -> None:
    with story.kassel.at_work():
        communities.change_community(the_community(), story.coordinator(), visibility=Audience.COMMUNITY)
    story.settle()

    with story.aalborg.app.app_context():
        assert db.session.scalars(select(Meeting)).all() == []
        assert the_community().name == ""

    with story.kassel.at_work():
        communities.change_community(the_community(), story.coordinator(), visibility=Audience.PEERS)
    story.settle()

    with story.aalborg.app.app_context():
        assert db.session.scalars(select(Meeting.title)).all() == ["Treffen im Herbst"]
        assert db.session.scalars(select(Community.name)).one() == "CoP Personalentwicklung"


def test_a_meeting_that_is_shown_again_has_what_our_people_said_of_it(story: Story) -> None:
    story.join()
    story.answer(Answer.CONFIRMED)
    story.propose("Mental load among leaders")
    story.settle()
    for on in (True, False, True):
        with story.aalborg.at_work():
            meetings.wish_support(topic_called("Mental load among leaders"), story.member(), on=on)
        story.settle()
    said = said_by_bram(story)

    for audience in (Audience.CITY, Audience.PEERS):
        with story.kassel.at_work():
            meetings.change_meeting(the_meeting(), story.coordinator(), audience=audience)
        story.settle()
        assert said_by_bram(story) == (said if audience == Audience.PEERS else (None, 0))

    assert said == ((Answer.CONFIRMED, LINKS), 1)


def said_by_bram(story: Story) -> tuple[tuple[str, object] | None, int]:
    """His answer with the links that came for it, and how many topics he supports, as Aalborg knows it."""
    with story.aalborg.app.app_context():
        answer = db.session.execute(select(Registration.answer, Registration.links)).one_or_none()
        supported = select(func.count()).select_from(Support).where(Support.person_id == story.bram)
        return (tuple(answer) if answer is not None else None), db.session.scalars(supported).one()


def test_topics_and_turns_stay_within_member_cities(story: Story) -> None:
    with story.kassel.at_work():
        meetings.propose_topic(the_meeting(), story.coordinator(), title="Was lernen Azubis heute?")
    story.settle()

    with story.kassel.app.app_context():
        assert set(db.session.scalars(select(LogEntry.object_uri).where(LogEntry.type != "Accept"))) == {
            f"{story.kassel.origin}/actor",
            the_meeting().uri,
        }


def test_a_reading_city_gets_no_people(kassel, aalborg) -> None:
    story = Story(kassel, aalborg)
    kassel.peer_with(aalborg, level=2)

    publish(story, Audience.PEERS)

    assert articles_of(story) == [("Desksharing", 1, "peers")]
    with pytest.raises(Exception, match="not a partner city"):
        story.join()


def test_links_mail_and_names_are_in_nothing_that_was_said(story: Story) -> None:
    story.join()
    story.answer(Answer.CONFIRMED)
    story.propose("Mental load among leaders")
    publish(story, Audience.PEERS)

    with story.kassel.app.app_context():
        said = [json.dumps(entry) for entry in db.session.scalars(select(LogEntry.activity))]
        accepted = [text for text in said if LINKS[0]["url"] in text]
    assert len(accepted) == 1
    assert '"type": "Accept"' in accepted[0]
    with story.aalborg.app.app_context():
        assert not [entry for entry in db.session.scalars(select(LogEntry.activity)) if "Bram" in json.dumps(entry)]
