# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Passages that stay with the community."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cop.base.audience import Audience
from cop.base.db import db, transaction
from cop.base.errors import Invalid
from cop.knowledge.models import Article
from cop.minutes import services
from cop.minutes.rules import hidden_passages, with_hidden, without_hidden
from tests.builders import a_community, a_meeting, a_member, a_person, a_turn
from tests.reader import Reader

BODY = "# Ergebnis\n\n- Offen\n- [[Miriam war krank]]\n\n[[Ein Fall\n\naus der Beratung]]\n\nEnde [[leise]] gut\n"


@pytest.mark.parametrize(
    ("body", "shown", "hidden"),
    [
        (BODY, "# Ergebnis\n\n- Offen\n\nEnde  gut\n", ["Miriam war krank", "Ein Fall\n\naus der Beratung", "leise"]),
        ("Nichts", "Nichts", []),
        ("Vor [[a [[b]] c]] nach", "Vor  nach\n", ["a b c"]),
        ("Vor [[nie geschlossen", "Vor\n", ["nie geschlossen"]),
        ("Vor ]] nach", "Vor ]] nach", []),
        ("[[alles]]", "\n", ["alles"]),
        ("1. [[x]]\n2. y", "2. y\n", ["x"]),
        ("## [[x]]\ny", "y\n", ["x"]),
    ],
)
def test_hidden_passages_go_with_the_lines_they_leave_empty(body, shown, hidden):
    assert (without_hidden(body), hidden_passages(body)) == (shown, hidden)


@given(st.lists(st.sampled_from(["[[", "]]", "geheim", " ", "\n", "[", "]"])).map("".join))
def test_nothing_that_was_opened_is_ever_shown(before):
    opened = before + "[["

    assert "UNTER UNS" not in without_hidden(f"{opened}UNTER UNS]]")
    assert "UNTER UNS" not in without_hidden(f"{opened}UNTER UNS")
    assert "UNTER UNS" in with_hidden(f"{opened}UNTER UNS]]")


class Scene:
    """A meeting that has begun, with its moderator."""

    def __init__(self):
        with transaction():
            self.community = a_community()
            self.meeting = a_meeting(self.community, starts_in=timedelta(hours=-1))
            self.moderator = a_member(self.community, "Miriam Ahlsdorf")
            a_turn(self.meeting, "moderator", self.moderator)
            services.save_draft(self.meeting, self.moderator, body=BODY, rev=0)

    def publish(self, audience, rev=1, **more):
        with transaction():
            services.wish_publication(self.meeting, self.moderator, audience=audience, rev=rev, **more)
        db.session.rollback()
        return db.session.query(Article).one()


@pytest.mark.parametrize("audience", [Audience.CITY, Audience.PEERS, Audience.PUBLIC])
def test_wider_audiences_never_get_what_is_hidden(app, audience):
    article = Scene().publish(audience)

    kept = [article.body, *(revision.body for revision in article.revisions)]
    assert all("krank" not in body and "Fall" not in body and "leise" not in body for body in kept)


def test_the_community_alone_reads_all_of_it_and_a_wider_version_after_it_less(app):
    scene = Scene()

    assert "- Miriam war krank" in scene.publish(Audience.COMMUNITY).body
    wider = scene.publish(Audience.CITY, note="Für alle")
    assert "krank" not in wider.body
    assert wider.version == 2


def test_a_former_version_is_for_those_alone_who_could_read_it_then(app):
    scene = Scene()
    article = scene.publish(Audience.COMMUNITY)
    scene.publish(Audience.PUBLIC, note="Für alle")
    with transaction():
        outsider, member = a_person("Fremd"), a_person("Bram")
        a_member(scene.community, person=member)
    former = f"/knowledge/{article.id}/versions/1"

    answers = [Reader(app, who).get(former) for who in (member, outsider)]
    anonymous = app.test_client().get(f"/knowledge/{article.id}/versions/2")

    assert ["krank" in answer.text for answer in answers] == [True, False]
    assert answers[1].status_code == 404
    assert anonymous.status_code == 200
    assert "krank" not in anonymous.text


def test_members_read_beside_the_article_what_nobody_else_gets(app):
    scene = Scene()
    article = scene.publish(Audience.PEERS)
    with transaction():
        outsider = a_person("Fremd")
        member = a_person("Bram")
        a_member(scene.community, person=member)

    pages = [Reader(app, who).get(f"/knowledge/{article.id}").text for who in (member, outsider)]

    assert ["Miriam war krank" in page for page in pages] == [True, False]


def test_what_is_hidden_in_a_draft_is_not_shown_before_it_is_published(app):
    scene = Scene()
    article = scene.publish(Audience.PEERS)
    with transaction():
        services.save_draft(scene.meeting, scene.moderator, body=f"{BODY}\n[[Neu geheim]]", rev=1)
        member = a_person("Bram")
        a_member(scene.community, person=member)

    assert "Neu geheim" not in Reader(app, member).get(f"/knowledge/{article.id}").text


def test_a_text_of_which_nothing_is_left_is_not_published(app):
    scene = Scene()
    with transaction():
        services.save_draft(scene.meeting, scene.moderator, body="[[alles]]", rev=1)

    with pytest.raises(Invalid):
        scene.publish(Audience.PUBLIC, rev=2)
