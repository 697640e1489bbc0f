# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A partner city with a valid key that tries to gain what it was not given: turns, names, authorship, hidden things."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from cop.accounts.models import Account, Person
from cop.base.audience import Audience
from cop.base.clock import now
from cop.base.db import db
from cop.communities import services as communities
from cop.communities.models import Community, JoinMode, MembershipRecord, Role
from cop.communities.queries import members_of
from cop.communities.rules import Membership, MemberState
from cop.knowledge.models import Article
from cop.knowledge.queries import about
from cop.meetings import services as meetings
from cop.meetings.models import Support, Topic
from cop.meetings.services.planning import people_in_turn
from cop.rotation.models import Assignment
from cop.sharing.handlers.once import MOST_TRIES
from cop.sharing.models import ReceivedActivity
from cop.sharing.outgoing.speaking import activity
from tests.live.story import Story, the_community, the_meeting, topic_called
from tests.live.test_overreach import a_proposal, offer, outcome, record_of_bram_uri
from tests.live_instance import LiveInstance

Build = Callable[[], dict[str, Any]]


@pytest.fixture
def story(kassel, aalborg) -> Story:
    """Bram of Aalborg is a member in Kassel; Aalborg has a community of its own, of which Kassel knows."""
    story = Story(kassel, aalborg).peer().join()
    with kassel.at_work():
        meetings.propose_topic(the_meeting(), story.coordinator(), title="Was lernen Azubis heute?")
    story.settle()
    assert outcome(story, lambda: activity("Create", their_group())) is None
    return story


def the_home() -> Community:
    return db.session.scalars(select(Community).where(Community.name == "CoP Personalentwicklung")).one()


def leader(story: Story) -> Membership:
    return communities.require_coordinator(the_home().id, story.nadja)


def here() -> str:
    """Aalborg's origin."""
    return record_of_bram_uri().partition("/m/")[0]


def new_uri() -> str:
    return f"{here()}/o/{uuid4()}"


def their_group() -> dict[str, Any]:
    return {
        "id": f"{here()}/o/01900000-0000-7000-8000-000000000001",
        "type": "Group",
        "attributedTo": f"{here()}/actor",
        "cop:rev": 1,
        "name": "Fremtid",
        "inLanguage": "da",
        "cop:kind": "cop",
        "cop:visibility": "peers",
        "cop:joinMode": "open",
    }


def nadja_uri(story: Story) -> str:
    """What member cities know Nadja of Kassel by."""
    with story.kassel.app.app_context():
        return communities.member_uri(the_home().id, story.nadja)


def bram() -> dict[str, str]:
    return {"type": "Person", "id": record_of_bram_uri(), "name": "Bram"}


def a_turn(occasion: str, person: dict[str, str], **facts: Any) -> dict[str, Any]:
    return {
        "id": new_uri(),
        "type": "cop:Assignment",
        "attributedTo": their_group()["id"],
        "cop:rev": 1,
        "cop:role": "moderator",
        "context": occasion,
        "startTime": now().isoformat(),
        "cop:person": person,
        "cop:state": "confirmed",
        **facts,
    }


def a_topic(person: dict[str, str]) -> dict[str, Any]:
    return {
        "id": new_uri(),
        "type": ["Note", "cop:Topic"],
        "attributedTo": their_group()["id"],
        "cop:rev": 1,
        "name": "Ting sagt af andre",
        "inLanguage": "da",
        "cop:proposedBy": person,
        "cop:state": "backlog",
        "published": now().isoformat(),
    }


def an_article(person: dict[str, str], **facts: Any) -> dict[str, Any]:
    return {
        "id": new_uri(),
        "type": "Article",
        "attributedTo": their_group()["id"],
        "cop:rev": 1,
        "name": "Referat",
        "content": "Det var vedtaget.",
        "inLanguage": "da",
        "cop:kind": "minutes",
        "cop:licence": "CC-BY-4.0",
        "cop:audience": "peers",
        "published": now().isoformat(),
        "updated": now().isoformat(),
        "cop:author": person,
        **facts,
    }


def test_no_other_city_gives_turns_at_a_meeting_of_ours(story: Story) -> None:
    """Whoever has a turn may end the meeting and write its minutes."""
    with story.kassel.app.app_context():
        before = people_in_turn(the_meeting())

    outcome(story, lambda: activity("Create", a_turn(the_meeting().uri, bram())))

    with story.kassel.app.app_context():
        assert people_in_turn(the_meeting()) == before
        assert turns_from(story.aalborg) == []

    assert outcome(story, lambda: activity("Create", a_turn(new_uri(), bram()))) is None
    with story.kassel.app.app_context():
        assert len(turns_from(story.aalborg)) == 1


def turns_from(city: LiveInstance) -> list[Assignment]:
    return list(db.session.scalars(select(Assignment).where(Assignment.origin == city.origin)))


def test_nobody_of_ours_gets_a_turn_in_a_community_they_are_not_in(story: Story) -> None:
    nadja = {"type": "Person", "id": nadja_uri(story), "name": "Nadja"}

    outcome(story, lambda: activity("Create", a_turn(new_uri(), nadja, **{"cop:state": "proposed"})))

    with story.kassel.app.app_context():
        assert turns_from(story.aalborg) == []


def test_nobody_of_ours_is_said_to_have_written_or_proposed_something_elsewhere(story: Story) -> None:
    nadja = {"type": "Person", "id": nadja_uri(story), "name": "Nadja"}

    outcome(story, lambda: activity("Create", a_topic(nadja)))
    outcome(story, lambda: activity("Create", an_article(nadja)))

    with story.kassel.app.app_context():
        theirs = db.session.scalars(select(Topic).where(Topic.origin == story.aalborg.origin)).all()
        authors = db.session.scalars(select(Article.author_id).where(Article.origin == story.aalborg.origin)).all()
    assert (theirs, authors) == ([], [None])


def test_an_article_of_theirs_is_not_the_minutes_of_our_meeting(story: Story) -> None:
    outcome(story, lambda: activity("Create", an_article(bram(), context=the_meeting().uri)))

    with story.kassel.app.app_context():
        assert len(db.session.scalars(select(Article)).all()) == 1
        assert about(the_meeting().uri, story.nadja) is None


def test_a_city_cannot_rename_somebody_of_a_third_city(story: Story, heidelberg) -> None:
    """Aalborg hears of Lene of Heidelberg from Kassel, the home of their community, and tells Kassel another name."""
    story.kassel.peer_with(heidelberg)
    lene = f"{heidelberg.origin}/m/{uuid4()}"
    with story.kassel.at_work():
        person = Person(origin=heidelberg.origin, uri=lene, display_name="Lene", named_by=heidelberg.origin)
        db.session.add(person)
        communities.ask_to_join(the_home(), person, uri=lene, shows_name=True, role_title="")
    story.settle()
    said = {"type": "Person", "id": lene, "name": "Spottname"}

    for build in (
        lambda: activity("Create", a_topic(said)),
        lambda: activity("Create", an_article(said)),
        lambda: activity("Create", a_turn(new_uri(), said)),
    ):
        outcome(story, build)

    with story.kassel.app.app_context():
        assert db.session.scalars(select(Person.display_name).where(Person.uri == lene)).one() == "Lene"
        assert db.session.scalars(select(Topic).where(Topic.origin == story.aalborg.origin)).all() == []


def test_a_role_or_a_flag_in_what_a_city_says_gives_nobody_anything(story: Story) -> None:
    """Whoever joins is a member, whatever comes with the wish."""
    newcomer = f"{story.aalborg.origin}/m/{uuid4()}"
    extra = {"cop:role": "coordinator", "role": "coordinator", "is_admin": True, "state": "active", "cop:rev": 99}
    member = {"type": "Person", "id": newcomer, "name": "HR", **extra}

    join = lambda: activity("Join", the_community().uri, by=newcomer, more={"cop:member": member, **extra})  # noqa: E731
    assert outcome(story, join) is None

    with story.kassel.app.app_context():
        record = db.session.scalars(select(MembershipRecord).where(MembershipRecord.uri == newcomer)).one()
        assert record.role == Role.MEMBER
        assert db.session.scalars(select(Account)).all() == []


def test_the_words_of_a_proposal_are_all_that_is_taken_from_it(story: Story) -> None:
    forged = {"cop:supportCount": 500, "cop:state": "discussed", "cop:late": False, "published": "2020-01-01T00:00:00Z"}
    proposal = {**a_proposal(), "name": "Fra Aalborg", "cop:proposedBy": {"type": "Person", "id": nadja_uri(story)}}

    assert outcome(story, lambda: offer({**proposal, **forged}, the_meeting().uri)) is None

    with story.kassel.app.app_context():
        topic = topic_called("Fra Aalborg")
        assert (topic.support_count, str(topic.state), topic.proposed_by.origin) == (
            0,
            "proposed",
            story.aalborg.origin,
        )
        assert topic.proposed_at.year != 2020


def test_supporting_twice_is_once_and_nobody_takes_back_what_is_somebody_elses(story: Story) -> None:
    with story.kassel.at_work():
        meetings.support(topic_called("Was lernen Azubis heute?"), leader(story))
    story.settle()
    like = lambda: activity("Like", topic_called("Was lernen Azubis heute?").uri, by=record_of_bram_uri())  # noqa: E731
    assert [outcome(story, like), outcome(story, like)] == [None, None]
    nadja = nadja_uri(story)

    def undo(by: str, inner: str) -> Build:
        topic = topic_called("Was lernen Azubis heute?").uri
        like = {"type": "Like", "id": f"{here()}/a/{uuid4()}", "actor": inner, "object": topic}
        return lambda: activity("Undo", like, by=by)

    with story.aalborg.app.app_context():
        attempts = [
            undo(record_of_bram_uri(), nadja),
            undo(nadja, nadja),
            undo(record_of_bram_uri(), record_of_bram_uri()),
        ]
    assert [outcome(story, attempt) for attempt in attempts] == ["origin", "origin", "unknown_object"]

    with story.kassel.app.app_context():
        assert len(db.session.scalars(select(Support)).all()) == 2


def test_who_joins_under_an_id_that_is_somebody_elses_gets_nothing(story: Story) -> None:
    """Not under ours, not under one of another community, and nobody is in twice."""
    nadja = nadja_uri(story)
    with story.kassel.at_work():
        another = communities.found_community(
            story.nadja,
            kind="cop",
            name="Zweite",
            domain="",
            locale="de",
            visibility=Audience.PEERS,
            join_mode=JoinMode.OPEN,
            charter={},
        ).uri
    story.settle()

    assert outcome(story, lambda: activity("Join", another, by=nadja)) == "origin"
    assert outcome(story, lambda: activity("Join", another, by=record_of_bram_uri())) == "conflict"
    assert outcome(story, lambda: activity("Join", the_home().uri, by=record_of_bram_uri())) is None
    with story.kassel.app.app_context():
        assert len(members_of(the_home().id)) == 2


def test_nobody_joins_a_community_that_only_its_members_see(story: Story) -> None:
    """Aalborg has a member and knows the id; its other people don't see the community."""
    with story.kassel.at_work():
        communities.change_community(the_home(), leader(story), visibility=Audience.COMMUNITY)
        uri = the_home().uri
    story.settle()

    join = lambda: activity("Join", uri, by=f"{here()}/m/{uuid4()}")  # noqa: E731
    assert outcome(story, join) == "not-found"

    with story.kassel.app.app_context():
        assert len(members_of(the_home().id)) == 2


def test_who_left_is_named_to_nobody_any_more(story: Story) -> None:
    with story.kassel.at_work():
        second = db.session.get_one(Person, story.nadja)
        record = db.session.scalars(select(MembershipRecord).where(MembershipRecord.person_id == second.id)).one()
        path = record.uri.removeprefix(story.kassel.origin)
    assert read(story, path) == "Nadja"

    with story.kassel.at_work():
        record = db.session.scalars(select(MembershipRecord).where(MembershipRecord.person_id == story.nadja)).one()
        record.state = MemberState.LEFT

    assert read(story, path) is None


def read(story: Story, path: str) -> str | None:
    """What Aalborg is told under an id of Kassel."""
    from cop.sharing.readable import Readable
    from cop.sharing.stores import SqlPeers

    with story.kassel.app.app_context():
        document = Readable().find(path, peer=SqlPeers().get(story.aalborg.origin))
    return document and document["name"]


def test_what_contradicts_itself_is_given_up_after_a_while_and_stops_nothing(story: Story) -> None:
    """Two turns for one role at one occasion: the second one clashes with a constraint."""
    with story.aalborg.app.app_context():
        occasion, first, second = new_uri(), a_turn("", bram()), a_turn("", bram())
    turns = [activity_of(turn | {"context": occasion}) for turn in (first, second)]
    assert outcome(story, turns[0]) is None

    assert outcome(story, turns[1]) is None  # the inbox takes it; only the tables know
    with story.kassel.at_work():
        waiting = db.session.scalars(select(ReceivedActivity).where(ReceivedActivity.due_at.is_not(None))).one()
        waiting.attempts, waiting.due_at = MOST_TRIES, now()
    story.settle()

    with story.kassel.app.app_context():
        assert [turn.uri for turn in turns_from(story.aalborg)] == [first["id"]]
        outcomes = db.session.scalars(select(ReceivedActivity.outcome).where(ReceivedActivity.outcome != "")).all()
        assert outcomes == ["clash"]


def activity_of(document: dict[str, Any]) -> Build:
    return lambda: activity("Create", document)
