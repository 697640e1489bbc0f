# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Writing minutes, publishing them, handing them in."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from cop.base.audience import Audience
from cop.base.db import db, transaction
from cop.base.errors import Conflict, Forbidden, Invalid
from cop.base.pending import PendingRequest
from cop.communities.models import Role
from cop.communities.services import member_uri
from cop.knowledge import services as knowledge
from cop.knowledge.models import Article
from cop.knowledge.services import Overtaken
from cop.meetings.models import MeetingState, TopicState
from cop.minutes import services
from cop.minutes.models import Minutes, MinutesState
from tests.builders import AALBORG, a_city, a_community, a_meeting, a_member, a_peer, a_record, a_topic, a_turn

BEGUN = timedelta(hours=-1)


@pytest.fixture
def community(app):
    with transaction():
        a_city()
        return a_community()


@pytest.fixture
def meeting(community):
    with transaction():
        return a_meeting(community, title="Treffen 14", starts_in=BEGUN)


@pytest.fixture
def moderator(community, meeting):
    with transaction():
        moderator = a_member(community, "Miriam Ahlsdorf")
        a_turn(meeting, "moderator", moderator)
    return moderator


def the_minutes():
    db.session.rollback()
    return db.session.scalars(select(Minutes)).one()


def test_the_draft_has_the_topics_in_the_language_of_the_community(community, meeting, moderator):
    with transaction():
        a_topic(meeting, moderator, "Mentoring *neu*")
        a_topic(meeting, a_member(community, "Tove", origin=AALBORG), "Desksharing")
        a_topic(meeting, moderator, "Weg", state=TopicState.WITHDRAWN)

    draft = services.draft_for(meeting)

    headings = [line for line in draft.splitlines() if line.startswith("# ")]
    assert headings == [r"# Mentoring \*neu\*", "# Desksharing"]
    assert "Tove" not in draft
    assert "Aalborg" in draft


def test_only_whose_turn_it_is_and_coordinators_write(community, meeting, moderator):
    with transaction():
        organiser, member = a_member(community, "Selin"), a_member(community, "Bram")
        coordinator = a_member(community, "Ida", role=Role.COORDINATOR)
        stranger = a_member(a_community("Andere"), "Tove", role=Role.COORDINATOR)
        a_turn(meeting, "organiser", organiser)

    who = (moderator, organiser, coordinator, member, stranger)
    assert [services.may_write(meeting, one) for one in who] == [True, True, True, False, False]
    with pytest.raises(Forbidden), transaction():
        services.save_draft(meeting, member, body="x", rev=0)
    with pytest.raises(Forbidden), transaction():
        services.publish_for(meeting, member, body="x", audience=Audience.PEERS)


@pytest.mark.parametrize(
    ("starts_in", "state", "may"),
    [
        (BEGUN, MeetingState.SCHEDULED, True),
        (-BEGUN, MeetingState.SCHEDULED, False),
        (-BEGUN, MeetingState.LIVE, True),
        (BEGUN, MeetingState.ENDED, True),
        (BEGUN, MeetingState.PUBLISHED, True),
        (BEGUN, MeetingState.CANCELLED, False),
    ],
)
def test_minutes_are_written_once_the_meeting_has_begun(community, starts_in, state, may):
    with transaction():
        meeting = a_meeting(community, starts_in=starts_in, state=state)
        coordinator = a_member(community, role=Role.COORDINATOR)

    try:
        services.require_writer(meeting, coordinator)
        allowed = True
    except Conflict:
        allowed = False

    assert allowed is may


def test_whoever_saves_second_is_told_and_nothing_is_lost(meeting, moderator):
    with transaction():
        assert services.save_draft(meeting, moderator, body="Erste", rev=0).rev == 1

    for rev in (0, 2):
        with pytest.raises(Overtaken), transaction():
            services.save_draft(meeting, moderator, body="Zweite", rev=rev)
    with transaction():
        services.save_draft(meeting, moderator, body="Beide", rev=1)

    assert (the_minutes().body, the_minutes().rev) == ("Beide", 2)


@pytest.mark.parametrize("body", ["", " \n", "x" * 100_001])
def test_no_text_and_too_much_text_are_refused(meeting, moderator, body):
    for attempt in (
        lambda: services.save_draft(meeting, moderator, body=body, rev=0),
        lambda: services.publish_for(meeting, moderator, body=body, audience=Audience.PEERS),
    ):
        with pytest.raises(Invalid), transaction():
            attempt()


def test_published_minutes_are_an_article_of_the_community(meeting, moderator):
    with transaction():
        services.save_draft(meeting, moderator, body="Was herauskam", rev=0)

    with transaction():
        services.wish_publication(meeting, moderator, audience=Audience.PEERS, rev=1)

    article = db.session.scalars(select(Article)).one()
    assert (article.kind, article.body, article.audience) == ("minutes", "Was herauskam", "peers")
    assert (article.about_uri, article.community_id) == (meeting.uri, meeting.community_id)
    assert (article.author_id, article.licence, article.locale) == (moderator.person_id, "CC-BY-4.0", "de")
    assert (the_minutes().state, the_minutes().article_id) == (MinutesState.PUBLISHED, article.id)
    assert meeting.state == MeetingState.PUBLISHED


def test_corrected_minutes_are_a_new_version_of_the_same_article(meeting, moderator):
    with transaction():
        article_id = services.publish_for(meeting, moderator, body="Alt", audience=Audience.PEERS).id

    with transaction():
        services.save_draft(meeting, moderator, body="Neu", rev=1)
        services.wish_publication(meeting, moderator, audience=Audience.CITY, note="Berichtigt", rev=2)

    article = db.session.scalars(select(Article)).one()
    assert (article.id, article.version, article.body, article.audience) == (article_id, 2, "Neu", "city")


def test_publishing_the_same_twice_is_publishing_once(meeting, moderator):
    for _time in range(2):
        with transaction():
            services.publish_for(meeting, moderator, body="Text", audience=Audience.PEERS)

    article = db.session.scalars(select(Article)).one()
    assert (article.version, article.rev) == (1, 1)


def test_what_was_not_looked_at_is_not_published(meeting, moderator):
    with transaction():
        services.save_draft(meeting, moderator, body="Erste", rev=0)
        services.save_draft(meeting, moderator, body="Zweite", rev=1)

    with pytest.raises(Overtaken), transaction():
        services.wish_publication(meeting, moderator, audience=Audience.PEERS, rev=1)

    assert db.session.scalar(select(func.count()).select_from(Article)) == 0


@pytest.mark.parametrize("choice", [{"audience": "everybody"}, {"licence": "mine"}])
def test_an_unknown_choice_is_refused(meeting, moderator, choice):
    wanted = {"audience": Audience.PEERS} | choice

    with pytest.raises(Invalid), transaction():
        services.publish_for(meeting, moderator, body="Text", **wanted)


def test_a_correction_on_the_article_is_kept_in_the_minutes(meeting, moderator):
    with transaction():
        article = services.publish_for(meeting, moderator, body="Alt", audience=Audience.PEERS)
        knowledge.correct_article(article, title=article.title, body="Neu")

    assert (the_minutes().body, the_minutes().rev) == ("Neu", 2)


def test_withdrawn_minutes_are_a_draft_again_and_can_be_published_anew(meeting, moderator):
    with transaction():
        article = services.publish_for(meeting, moderator, body="Text", audience=Audience.PEERS)
        knowledge.withdraw_article(article)

    assert (the_minutes().state, the_minutes().article_id) == (MinutesState.DRAFT, None)
    with transaction():
        services.publish_for(meeting, moderator, body="Text", audience=Audience.PEERS)
    assert db.session.scalar(select(func.count()).select_from(Article)) == 1


def test_a_name_is_replaced_by_the_city(community, meeting, moderator):
    with transaction():
        a_record(community, "Tove Dahl", origin=AALBORG)
        a_record(community, "HR-udvikling", origin=AALBORG, shows_name=False)
        services.save_draft(meeting, moderator, body="Tove Dahl schickt die Liste. HR-udvikling.", rev=0)

    with transaction():
        services.replace_in_draft(meeting, moderator, name="Tove Dahl")

    assert (the_minutes().body, the_minutes().rev) == ("Aalborg schickt die Liste. HR-udvikling.", 2)
    for name in ("Tove Dahl", "HR-udvikling", "Aalborg"):
        with pytest.raises(Conflict), transaction():
            services.replace_in_draft(meeting, moderator, name=name)


def test_a_moderator_of_another_city_hands_in_what_the_home_publishes(community, meeting):
    with transaction():
        tove = a_member(community, "Tove", origin=AALBORG)
        a_turn(meeting, "moderator", tove)

    with transaction():
        services.publish_for(meeting, tove, body="Von Tove", audience=Audience.COMMUNITY)

    assert db.session.scalars(select(Article)).one().author_id == tove.person_id


def test_what_is_handed_in_never_writes_over_an_unpublished_draft_of_the_home(community, meeting, moderator):
    with transaction():
        tove = a_member(community, "Tove", origin=AALBORG)
        a_turn(meeting, "organiser", tove)
        services.save_draft(meeting, moderator, body="Von Miriam", rev=0)

    with pytest.raises(Conflict), transaction():
        services.publish_for(meeting, tove, body="Von Tove", audience=Audience.COMMUNITY)
    with transaction():
        services.publish_for(meeting, moderator, body="Von Miriam", audience=Audience.COMMUNITY)
    with transaction():
        services.publish_for(meeting, tove, body="Von beiden", audience=Audience.COMMUNITY)

    assert [old.body for old in db.session.scalars(select(Article)).one().revisions] == ["Von Miriam", "Von beiden"]


def test_at_a_copy_the_minutes_are_handed_in_to_the_home(app):
    with transaction():
        a_peer(AALBORG)
        community = a_community(origin=AALBORG)
        meeting = a_meeting(community, starts_in=BEGUN)
        moderator = a_member(community, "Miriam")
        a_turn(meeting, "moderator", moderator)
        services.save_draft(meeting, moderator, body="Mein Text", rev=0)

    with transaction():
        services.wish_publication(meeting, moderator, audience=Audience.PEERS, rev=1)

    wish = db.session.scalars(select(PendingRequest)).one()
    assert (wish.home, wish.kind, wish.object_uri, wish.person_id) == (
        AALBORG,
        "offer_minutes",
        meeting.uri,
        moderator.person_id,
    )
    assert wish.details == {
        "member_uri": member_uri(community.id, moderator.person_id),
        "body": "Mein Text",
        "audience": "peers",
        "licence": "CC-BY-4.0",
        "note": "",
    }
    assert db.session.scalar(select(func.count()).select_from(Article)) == 0
    with pytest.raises(Conflict), transaction():
        services.publish_for(meeting, moderator, body="Mein Text", audience=Audience.PEERS)


def test_nothing_is_published_before_it_is_saved(meeting, moderator):
    with pytest.raises(Conflict), transaction():
        services.wish_publication(meeting, moderator, audience=Audience.PEERS, rev=0)
