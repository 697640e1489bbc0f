# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Whatever stands in minutes, topics and names is shown as text."""

from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select

from cop.accounts.models import Person
from cop.base.db import db, transaction
from cop.meetings.models import Topic
from cop.minutes.models import Minutes
from tests.builders import a_community, a_meeting, a_record, a_topic, a_turn
from tests.cop.knowledge.dom import assert_harmless, payloads
from tests.reader import Reader


@pytest.fixture
def scene(app):
    with transaction():
        community = a_community()
        meeting = a_meeting(community, starts_in=timedelta(hours=-1))
        record = a_record(community, "Miriam")
        a_turn(meeting, "moderator", record)
        a_topic(meeting, record, "Thema")
        path, person = f"/meetings/{meeting.id}/minutes", record.person
    return Reader(app, person), path


def test_the_text_of_minutes_is_shown_as_text(scene):
    reader, path = scene
    reader.post(path, body="Harmlos", rev="0", do="save")
    innocent = {
        "preview": reader.post(path, body="Harmlos", rev="0", do="preview").text,
        "conflict": reader.post(path, body="Harmlos", rev="0", do="save").text,
        "editor": reader.get(path).text,
        "step": reader.get(f"{path}/publish").text,
    }

    for id_, text in payloads("minutes.body").items():
        shown = text[:50_000]
        with transaction():
            minutes = db.session.scalars(select(Minutes)).one()
            minutes.body = shown.replace("\0", "")
        pages = {
            "preview": reader.post(path, body=shown, rev="0", do="preview").text,
            "conflict": reader.post(path, body=shown, rev="0", do="save").text,
            "editor": reader.get(path).text,
            "step": reader.get(f"{path}/publish").text,
        }
        for name, html in pages.items():
            assert_harmless(html, innocent[name], f"{id_} {name}")


def test_hostile_titles_of_topics_stay_titles_in_the_draft(scene):
    reader, path = scene
    innocent = reader.post(path, body=draft_of(reader, path), rev="0", do="preview").text

    for id_, text in payloads("topic.title").items():
        with transaction():
            db.session.scalars(select(Topic)).one().title = text[:200]
        draft = draft_of(reader, path)
        assert draft.count("\n# ") == 1, id_
        assert_harmless(reader.post(path, body=draft, rev="0", do="preview").text, innocent, id_)


def draft_of(reader, path):
    """The text in the editor, as its form would send it."""
    return unescape(reader.get(path).text.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0])


def test_a_hostile_name_is_shown_as_text_where_it_is_found(scene):
    reader, path = scene
    reader.post(path, body="Miriam war da", rev="0", do="save")
    innocent = reader.get(f"{path}/publish").text

    for id_, text in payloads("user.display_name").items():
        name = " ".join(text[:200].replace("\0", "").split())
        with transaction():
            db.session.scalars(select(Minutes)).one().body = f"{name} war da"
            db.session.get_one(Person, reader.person_id).display_name = name
        assert_harmless(reader.get(f"{path}/publish").text, innocent, id_)
