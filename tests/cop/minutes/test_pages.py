# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages of minutes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from cop.base.audience import Audience
from cop.base.db import db, transaction
from cop.base.pending import PendingRequest, RequestState, settle
from cop.knowledge.models import Article
from cop.minutes.models import Minutes
from tests.builders import AALBORG, a_city, a_community, a_meeting, a_peer, a_record, a_topic, a_turn
from tests.reader import Reader

BEGUN = timedelta(hours=-1)


class Scene:
    """A meeting that has begun, its moderator and a member, both signed in."""

    def __init__(self, app, origin=None):
        with transaction():
            a_city()
            if origin is not None:
                a_peer(origin)
            self.community = a_community(origin=origin)
            self.meeting = a_meeting(self.community, title="Treffen 14", starts_in=BEGUN)
            moderator = a_record(self.community, "Miriam Ahlsdorf")
            member = a_record(self.community, "Bram Osterloh")
            a_turn(self.meeting, "moderator", moderator)
            a_topic(self.meeting, moderator, "Mentoring")
            self.path = f"/meetings/{self.meeting.id}/minutes"
            people = moderator.person, member.person
        self.moderator, self.member = (Reader(app, person) for person in people)

    def save(self, body="Text", rev="0", do="save", by=None):
        return (by or self.moderator).post(self.path, body=body, rev=rev, do=do)

    def publish(self, rev="1", audience="peers", licence="CC-BY-4.0", **more):
        return self.moderator.post(f"{self.path}/publish", rev=rev, audience=audience, licence=licence, **more)


@pytest.fixture
def scene(app):
    return Scene(app)


def articles():
    db.session.rollback()
    return db.session.scalars(select(Article)).all()


def test_the_editor_begins_with_the_draft(scene):
    page = scene.moderator.get(scene.path)

    assert page.status_code == 200
    assert "# Mentoring" in page.text
    assert 'name="rev" value="0"' in page.text


def test_a_meeting_that_has_begun_leads_its_moderator_to_the_minutes(scene):
    meeting_page = f"/meetings/{scene.meeting.id}"

    shown = [f'href="{scene.path}"' in who.get(meeting_page).text for who in (scene.moderator, scene.member)]

    assert shown == [True, False]


def test_other_members_see_no_draft(scene):
    scene.save("Geheimer Entwurf")

    answers = [scene.member.get(scene.path), scene.member.get(f"{scene.path}/publish"), scene.save(by=scene.member)]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert all("Geheimer Entwurf" not in answer.text for answer in answers)


def test_members_of_nothing_and_strangers_learn_nothing(app, scene):
    with transaction():
        stranger = a_record(a_community("Andere"), "Tove").person
        scene.community.visibility = Audience.COMMUNITY

    assert Reader(app, stranger).get(scene.path).status_code == 404
    assert app.test_client().get(scene.path).status_code == 302


def test_a_saved_draft_is_there_again(scene):
    answer = scene.save("Was herauskam")

    page = scene.moderator.get(scene.path).text
    assert answer.location == scene.path
    assert "Was herauskam" in page
    assert 'name="rev" value="1"' in page
    assert "Miriam Ahlsdorf" in page


def test_a_preview_saves_nothing(scene):
    page = scene.save("# Mentoring", do="preview")

    assert "<h2>Mentoring</h2>" in page.text
    assert db.session.scalar(select(Minutes)) is None


def test_whoever_saves_second_gets_both_texts_and_saves_them_together(scene):
    scene.save("Text der Ersten")

    second = scene.save("Text der Zweiten")
    third = scene.save("Beide Texte", rev="1")

    assert second.status_code == 409
    assert "Text der Ersten" in second.text
    assert "Text der Zweiten" in second.text
    assert 'name="rev" value="1"' in second.text
    assert third.status_code == 302


def test_of_many_who_save_at_once_one_is_first_and_no_text_is_lost(scene):
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda number: scene.save(f"Text {number}"), range(6)))

    kept = db.session.scalars(select(Minutes)).one().body
    assert sorted(answer.status_code for answer in answers) == [302, *[409] * 5]
    refused = [number for number, answer in enumerate(answers) if answer.status_code == 409]
    assert all(f"Text {number}" in answers[number].text and kept in answers[number].text for number in refused)


@pytest.mark.parametrize(
    ("field", "value"), [("body", ""), ("body", "x" * 100_001), ("rev", "x"), ("do", "burn"), ("article_id", "1")]
)
def test_a_form_that_can_not_be_taken_comes_back(scene, field, value):
    form = {"body": "Text", "rev": "0", "do": "save"} | {field: value}

    answer = scene.moderator.post(scene.path, **form)

    assert answer.status_code == 400
    assert 'id="errors"' in answer.text
    assert db.session.scalar(select(Minutes)) is None


def test_the_step_names_who_is_added_and_what_was_found(app, scene):
    scene.save("Bram Osterloh schickt die Liste.\n\n- …", do="publish")

    page = scene.moderator.get(f"{scene.path}/publish").text

    assert page.count('type="radio"') == 4
    assert 'value="community" checked' in page
    assert "CoP Personalentwicklung" in page
    assert "Aalborg" in page
    assert page.index("Bram Osterloh") < page.index('data-level="peers"')
    assert 'name="name" value="Bram Osterloh"' in page


def test_a_name_is_replaced_on_the_step(scene):
    scene.save("Bram Osterloh schickt die Liste.")

    answer = scene.moderator.post(f"{scene.path}/replace", name="Bram Osterloh")

    assert answer.location == f"{scene.path}/publish"
    assert db.session.scalars(select(Minutes)).one().body == "Kassel schickt die Liste."


def test_published_minutes_are_read_by_members_and_corrected_by_the_moderator(scene):
    scene.save("Was herauskam")

    published = scene.publish()

    article = articles()[0]
    address = f"/knowledge/{article.id}"
    assert published.location == address
    assert scene.member.get(scene.path).location == address
    assert scene.path not in scene.member.get(address).text
    assert scene.path in scene.moderator.get(address).text
    assert scene.moderator.get(f"{address}/edit").status_code in {403, 409}
    scene.save("Berichtigt", rev="1")
    assert scene.publish(rev="2").status_code == 400
    scene.publish(rev="2", note="Ein Wort berichtigt")
    assert [revision.note for revision in articles()[0].revisions] == ["", "Ein Wort berichtigt"]
    assert [(article.version, article.body) for article in articles()] == [(2, "Berichtigt")]


def test_a_text_that_changed_meanwhile_is_looked_at_again(scene):
    scene.save("Erste")
    scene.save("Zweite", rev="1")

    answer = scene.publish(rev="1")

    assert answer.status_code == 409
    assert 'name="rev" value="2"' in answer.text
    assert articles() == []


@pytest.mark.parametrize(("field", "value"), [("audience", "all"), ("licence", "mine"), ("rev", "")])
def test_a_step_without_a_valid_choice_comes_back(scene, field, value):
    scene.save()

    answer = scene.publish(**{field: value})

    assert answer.status_code == 400
    assert 'id="errors"' in answer.text


def test_the_step_waits_for_a_saved_text(scene):
    assert scene.moderator.get(f"{scene.path}/publish").location == scene.path
    assert scene.publish(rev="0").status_code == 409
    assert scene.publish(rev="x").location == scene.path


def test_at_a_copy_the_moderator_hands_in_and_sees_where_it_is(app):
    scene = Scene(app, AALBORG)
    scene.save("Mein Text")
    scene.publish()

    waiting = scene.moderator.get(scene.path).text
    with transaction():
        settle(db.session.scalars(select(PendingRequest)).one(), RequestState.REFUSED, "Es gibt schon einen Entwurf.")
    refused = scene.moderator.get(scene.path).text

    assert "Aalborg" in waiting
    assert "cop-note" in waiting
    assert "Es gibt schon einen Entwurf." in refused
    assert "Mein Text" in refused


def test_no_page_asks_the_database_more_with_more_topics_and_members(app, scene):
    scene.save("Text")
    few = [len(scene.moderator.queries(path)) for path in (scene.path, f"{scene.path}/publish")]
    with transaction():
        for number in range(20):
            record = a_record(scene.community, f"Person {number}")
            a_topic(scene.meeting, record, f"Thema {number}")

    many = [len(scene.moderator.queries(path)) for path in (scene.path, f"{scene.path}/publish")]

    assert few == many
