# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A partner city that oversteps: it speaks for others, or its people do what their role doesn't allow."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from cop.base.audience import Audience
from cop.base.clock import now
from cop.base.db import db
from cop.communities.models import Community, MembershipRecord
from cop.meetings import services as meetings
from cop.meetings.models import Meeting, Topic
from cop.rotation.models import Assignment
from cop.sharing.models import DeliveryRecord, LogEntry, PeerRecord, SecurityEventRecord
from cop.sharing.outgoing.speaking import activity
from cop.sharing.stores import SqlLog
from federation.ports import Level
from tests.live.story import Story, record_of_bram, the_community, the_meeting, topics_of

TOPIC = ["Note", "cop:Topic"]


@pytest.fixture
def story(kassel, aalborg) -> Story:
    story = Story(kassel, aalborg).peer().join()
    with kassel.at_work():
        meetings.propose_topic(the_meeting(), story.coordinator(), title="Was lernen Azubis heute?")
    story.settle()
    return story


def say(story: Story, build: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Let Aalborg send something that its own program would never send."""
    with story.aalborg.at_work():
        said = build()
        SqlLog().append(said, object_id=said["id"], to=[story.kassel.origin])
    return said


def outcome(story: Story, build: Callable[[], dict[str, Any]]) -> str | None:
    """Send it and return why it was not taken: the code of the inbox, or of the Reject."""
    said = say(story, build)
    story.settle()
    with story.aalborg.app.app_context():
        delivery = db.session.scalars(
            select(DeliveryRecord).join(LogEntry).where(LogEntry.activity_id == said["id"])
        ).one()
        if delivery.state == "dead":
            return delivery.last_error
    with story.kassel.app.app_context():
        answers = db.session.scalars(select(LogEntry.activity).where(LogEntry.object_uri == said["id"])).all()
    return next((answer["cop:code"] for answer in answers if answer["type"] == "Reject"), None)


def passing_on() -> dict[str, Any]:
    """Aalborg passes something on; its own program would not, as Kassel is not trusted with that there either."""
    db.session.scalars(select(PeerRecord)).one().level_out = Level.RELAY
    return activity("Announce", the_meeting().uri)


def stranger() -> str:
    return record_of_bram_uri().rpartition("/")[0] + "/00000000-0000-4000-8000-000000000000"


def record_of_bram_uri() -> str:
    return db.session.scalars(select(MembershipRecord.uri)).one()


def their_topic() -> Topic:
    return db.session.scalars(select(Topic)).one()


def offer(object_: dict[str, Any], target: str, by: str | None = None) -> dict[str, Any]:
    return activity("Offer", object_, by=by or record_of_bram_uri(), target=target)


def a_proposal() -> dict[str, Any]:
    return {"type": TOPIC, "name": "Mental load among leaders", "content": "", "inLanguage": "da"}


def minutes() -> dict[str, Any]:
    return {"type": "Article", "content": "# Referat", "cop:audience": "peers", "cop:licence": ""}


def an_event_of_kassel() -> dict[str, Any]:
    return {
        "id": the_meeting().uri,
        "type": "Event",
        "attributedTo": the_community().uri,
        "cop:rev": 99,
        "name": "Overtaget",
        "startTime": now().isoformat(),
        "endTime": now().isoformat(),
        "timezone": "Europe/Copenhagen",
        "inLanguage": "da",
        "cop:format": "online",
        "cop:state": "scheduled",
        "cop:audience": "peers",
    }


ATTEMPTS: dict[str, tuple[Callable[[], dict[str, Any]], str | None]] = {
    "a member proposes": (lambda: offer(a_proposal(), the_meeting().uri), None),
    "a stranger proposes": (lambda: offer(a_proposal(), the_meeting().uri, stranger()), "forbidden"),
    "the city itself proposes": (
        lambda: offer(a_proposal(), the_meeting().uri, record_of_bram_uri().partition("/m/")[0] + "/actor"),
        "forbidden",
    ),
    "for something unknown": (lambda: offer(a_proposal(), the_meeting().uri[:-2] + "00"), "unknown_object"),
    "with a title without end": (lambda: offer(a_proposal() | {"name": "x" * 500}, the_meeting().uri), "schema"),
    "edits another's topic": (
        lambda: offer(
            {"type": "Update", "object": {"id": their_topic().uri, **a_proposal()}},
            their_topic().uri,
        ),
        "forbidden",
    ),
    "withdraws another's topic": (
        lambda: offer({"type": "Delete", "object": their_topic().uri}, their_topic().uri),
        "forbidden",
    ),
    "confirms another's turn": (
        lambda: offer(
            {"type": "cop:Assignment", "cop:answer": "confirm"},
            db.session.scalars(select(Assignment.uri)).first() or "",
        ),
        "forbidden",
    ),
    "writes the minutes without a turn": (lambda: offer(minutes(), the_meeting().uri), "forbidden"),
    "supports as a stranger": (lambda: activity("Like", their_topic().uri, by=stranger()), "forbidden"),
    "replaces a meeting of ours": (lambda: activity("Update", an_event_of_kassel()), "origin"),
    "deletes a meeting of ours": (
        lambda: activity("Delete", {"id": the_meeting().uri, "type": "Tombstone", "cop:rev": 99}),
        "origin",
    ),
    "accepts what nobody asked": (lambda: activity("Accept", the_meeting().uri), "unknown_object"),
    "announces": (passing_on, "level"),
    "acts for Kassel": (
        lambda: activity("Like", their_topic().uri, by=their_topic().uri),
        "origin",
    ),
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_what_a_partner_city_may_do_here(story: Story, attempt: str) -> None:
    build, expected = ATTEMPTS[attempt]

    assert outcome(story, build) == expected

    titles = [title for title, _ in topics_of(story.kassel)]
    assert titles == ["Was lernen Azubis heute?", *(["Mental load among leaders"] if expected is None else [])]
    with story.kassel.app.app_context():
        assert db.session.scalars(select(Meeting.title)).one() == "Treffen im Herbst"


def test_a_refusal_of_the_inbox_is_written_down_without_what_was_in_it(story: Story) -> None:
    outcome(story, lambda: offer(a_proposal() | {"name": "geheim" * 100}, the_meeting().uri))

    with story.kassel.app.app_context():
        event = db.session.scalars(select(SecurityEventRecord)).one()
        assert (event.code, event.sender) == ("schema", story.aalborg.origin)
        assert "geheim" not in event.detail


def test_a_copy_in_a_third_city_cannot_be_changed_by_the_second(story: Story, heidelberg) -> None:
    """Aalborg knows Kassel's ids and is a partner of Heidelberg, but not the home."""
    story.kassel.peer_with(heidelberg)
    story.aalborg.peer_with(heidelberg)
    with story.aalborg.at_work():
        said = activity("Delete", {"id": the_meeting().uri, "type": "Tombstone", "cop:rev": 99})
        SqlLog().append(said, object_id=said["id"], to=[heidelberg.origin])
    story.aalborg.deliver()
    heidelberg.process()

    with heidelberg.app.app_context():
        assert db.session.scalars(select(Meeting.title)).one() == "Treffen im Herbst"


def test_what_a_newer_city_says_beyond_our_words_is_kept_and_not_shown(story: Story) -> None:
    community_id = f"{story.aalborg.origin}/o/01900000-0000-7000-8000-000000000001"
    group = {
        "id": community_id,
        "type": "Group",
        "attributedTo": f"{story.aalborg.origin}/actor",
        "cop:rev": 1,
        "name": "Fremtid",
        "inLanguage": "da",
        "cop:kind": "hologram",
        "cop:visibility": "peers",
        "cop:joinMode": "telepathy",
        "cop:mood": {"cop:value": 3},
        "origin": "http://127.0.0.1:1",
    }

    assert outcome(story, lambda: activity("Create", group)) is None

    with story.kassel.app.app_context():
        copy = db.session.scalars(select(Community).where(Community.uri == community_id)).one()
        assert (copy.kind, copy.join_mode, copy.origin) == ("cop", "request", story.aalborg.origin)
        assert copy.extra == {"cop:mood": {"cop:value": 3}, "origin": "http://127.0.0.1:1"}


def test_a_meeting_for_the_city_only_is_unknown_to_partners(story: Story) -> None:
    with story.kassel.at_work():
        meetings.change_meeting(the_meeting(), story.coordinator(), audience=Audience.CITY)
        uri = the_meeting().uri
    story.settle()

    assert outcome(story, lambda: activity("Join", uri, by=record_of_bram(story).uri)) == "unknown_object"
