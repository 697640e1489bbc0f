# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Nothing is lost and nothing is doubled, whoever is away and however often things are said."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select, update

from cop.base.clock import now
from cop.base.db import db
from cop.base.i18n import force_locale
from cop.base.pending import PendingRequest
from cop.communities import services as communities
from cop.communities.models import MembershipRecord
from cop.meetings import services as meetings
from cop.meetings.models import Answer, Registration, Topic
from cop.sharing import jobs, own_log
from cop.sharing.models import DeliveryRecord, LogEntry, PeerRecord, ReceivedActivity
from cop.sharing.outgoing.speaking import activity
from cop.sharing.stores import SqlLog
from cop.sharing.words import on_its_way
from tests.live.story import Story, record_of_bram, the_community, the_meeting, topic_called, topics_of

METTE = "3c9d2f1e-5b64-4f0a-9a35-7d1c2e4b6f80"


@pytest.fixture
def story(kassel, aalborg) -> Story:
    return Story(kassel, aalborg).peer().join()


def words(story: Story) -> str:
    """What Aalborg's page says about Bram's newest wish."""
    with story.aalborg.app.app_context(), force_locale("en"):
        wish = db.session.scalars(select(PendingRequest).order_by(PendingRequest.made_at.desc())).first()
        return on_its_way(wish)


def test_while_the_home_is_away_a_topic_waits_and_arrives_later(story: Story) -> None:
    story.kassel.stop()
    story.propose("Mental load among leaders")
    assert words(story) == "On its way to Kassel"

    story.aalborg.deliver()
    assert words(story).startswith(
        "On its way to Kassel. Kassel is not answering. Nothing is lost, the next try is at "
    )
    assert topics_of(story.aalborg) == []

    story.kassel.resume()
    story.aalborg.retry_now()
    story.aalborg.deliver()
    assert words(story) == "Kassel has it and will answer"
    story.settle()
    assert words(story) == ""
    assert topics_of(story.kassel) == topics_of(story.aalborg) == [("Mental load among leaders", 0)]


def test_a_city_that_was_away_gets_everything_it_missed_once(story: Story) -> None:
    story.aalborg.stop()
    for number in range(5):
        with story.kassel.at_work():
            meetings.propose_topic(the_meeting(), story.coordinator(), title=f"Thema Nummer {number}")
    story.kassel.deliver()

    story.aalborg.resume()
    story.kassel.retry_now()
    story.settle()

    assert topics_of(story.aalborg) == [(f"Thema Nummer {number}", 0) for number in range(5)]


def test_the_next_try_comes_by_itself_when_its_time_is_there(story: Story) -> None:
    story.kassel.stop()
    story.propose("Mental load among leaders")
    story.aalborg.deliver()
    story.kassel.resume()
    assert story.aalborg.deliver() == 0

    with time_machine.travel(now() + timedelta(minutes=2)):
        story.settle()

    assert topics_of(story.kassel) == [("Mental load among leaders", 0)]


def test_what_is_delivered_twice_is_done_once(story: Story) -> None:
    story.propose("Mental load among leaders")
    story.aalborg.deliver()
    with story.aalborg.at_work():
        db.session.execute(update(DeliveryRecord).values(state="due", attempts=0))

    story.settle()
    story.settle()

    assert topics_of(story.kassel) == [("Mental load among leaders", 0)]
    assert story.aalborg.letters_to(story.kassel).keys() == {"done"}


def test_what_is_handled_twice_is_done_once(story: Story) -> None:
    story.propose("Mental load among leaders")
    story.settle()
    with story.kassel.at_work():
        # as if the machine stopped between doing and settling
        db.session.execute(update(ReceivedActivity).values(due_at=now()))

    story.settle()

    assert topics_of(story.kassel) == [("Mental load among leaders", 0)]


def test_cities_that_start_anew_go_on_where_they_were(story: Story) -> None:
    story.propose("Mental load among leaders")
    story.aalborg.restart()
    story.kassel.restart()

    story.settle()

    assert topics_of(story.kassel) == topics_of(story.aalborg) == [("Mental load among leaders", 0)]


def test_what_fails_in_the_business_is_not_said(story: Story) -> None:
    with story.kassel.app.app_context():
        before = db.session.scalar(select(func.count(LogEntry.id)))

    def propose_and_fail() -> None:
        meetings.propose_topic(the_meeting(), story.coordinator(), title="Was lernen Azubis heute?")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        story.kassel.do(propose_and_fail)

    with story.kassel.app.app_context():
        assert db.session.scalar(select(func.count(LogEntry.id))) == before
        assert db.session.scalar(select(func.count(Topic.id))) == 0


def test_the_log_has_no_gaps_and_says_each_thing_once_a_transaction(story: Story) -> None:
    with story.kassel.at_work():
        topic = meetings.propose_topic(the_meeting(), story.coordinator(), title="Was lernen Azubis heute?")
        meetings.edit_topic(topic, story.coordinator(), title="Was lernen Azubis morgen?")
        meetings.support(topic, story.coordinator())
        uri = topic.uri

    with story.kassel.app.app_context():
        numbers = list(db.session.scalars(select(LogEntry.seq).order_by(LogEntry.seq)))
        said = list(db.session.scalars(select(LogEntry.type).where(LogEntry.object_uri == uri)))
    assert numbers == list(range(1, len(numbers) + 1))
    assert said == ["Update"]


def test_what_is_deleted_for_ever_goes_from_the_log_and_the_log_stays_whole(story: Story) -> None:
    story.aalborg.stop()
    with story.kassel.at_work():
        topic = meetings.propose_topic(the_meeting(), story.coordinator(), title="Was lernen Azubis heute?")
        uri = topic.uri
    with story.kassel.at_work():
        meetings.withdraw_topic(topic_called("Was lernen Azubis heute?"), story.coordinator())

    with story.kassel.app.app_context():
        said = db.session.execute(
            select(LogEntry.type, LogEntry.activity.is_(None)).where(LogEntry.object_uri == uri).order_by(LogEntry.seq)
        ).all()
        assert own_log.prove().whole
    story.aalborg.resume()
    story.kassel.retry_now()
    story.settle()

    assert said == [("Create", True), ("Delete", False)]
    assert topics_of(story.aalborg) == []
    assert story.kassel.letters_to(story.aalborg).keys() == {"done"}


def test_an_undo_cannot_overtake_what_it_undoes(story: Story) -> None:
    story.propose("Mental load among leaders")
    story.settle()
    story.kassel.stop()
    with story.aalborg.at_work():
        meetings.wish_support(topic_called("Mental load among leaders"), story.member(), on=True)
    story.aalborg.deliver()
    with story.aalborg.at_work():
        meetings.wish_support(topic_called("Mental load among leaders"), story.member(), on=False)

    story.kassel.resume()
    story.aalborg.retry_now()
    story.settle()

    assert topics_of(story.kassel) == topics_of(story.aalborg) == [("Mental load among leaders", 0)]
    assert [state for _, state, _ in story.wishes()] == ["accepted"] * 4


def test_what_was_accepted_stands_when_what_was_wanted_after_it_is_refused(story: Story) -> None:
    story.answer(Answer.CONFIRMED)
    story.aalborg.deliver()
    story.kassel.process()
    story.answer(Answer.DECLINED)
    with story.kassel.at_work():
        meetings.cancel_meeting(the_meeting(), story.coordinator())

    story.settle()

    assert [state for _, state, _ in story.wishes()][-2:] == ["accepted", "refused"]
    for city in (story.kassel, story.aalborg):
        with city.app.app_context():
            assert db.session.scalars(select(Registration.answer)).all() == ["confirmed"]


def test_bodies_are_forgotten_after_thirty_days_and_ids_are_not(story: Story) -> None:
    with story.kassel.app.app_context():
        kept = db.session.scalar(select(func.count(ReceivedActivity.id)))
        with time_machine.travel(now() + timedelta(days=31)):
            jobs.tidy()

        assert db.session.scalar(select(func.count(ReceivedActivity.id))) == kept
        assert set(db.session.scalars(select(ReceivedActivity.body))) == {None}


def test_a_late_topic_for_a_meeting_that_is_over_is_refused_in_words(story: Story) -> None:
    story.kassel.stop()
    story.propose("Mental load among leaders")
    with story.kassel.at_work():
        meetings.cancel_meeting(the_meeting(), story.coordinator())

    story.kassel.resume()
    story.aalborg.retry_now()
    story.settle()

    (kind, state, reason) = story.wishes()[-1]
    assert (kind, state) == ("propose_topic", "refused")
    assert words(story) == f"Kassel said no: {reason}"
    assert topics_of(story.kassel) == []


def test_who_supports_what_was_withdrawn_meanwhile_is_told_so(story: Story) -> None:
    with story.kassel.at_work():
        meetings.propose_topic(the_meeting(), story.coordinator(), title="Was lernen Azubis heute?")
    story.settle()
    with story.aalborg.at_work():
        meetings.wish_support(topic_called("Was lernen Azubis heute?"), story.member(), on=True)
    with story.kassel.at_work():
        meetings.withdraw_topic(topic_called("Was lernen Azubis heute?"), story.coordinator())

    story.settle()

    assert story.wishes()[-1] == ("support", "refused", "This topic was withdrawn or discussed meanwhile.")
    assert story.aalborg.letters_to(story.kassel).keys() == {"done"}


def test_who_is_no_peer_any_more_cannot_be_asked(story: Story) -> None:
    with story.aalborg.at_work():
        db.session.execute(update(PeerRecord).values(state="ended"))

    with pytest.raises(Exception, match="not a partner city"):
        story.propose("Mental load among leaders")

    assert len(story.wishes()) == 1


def test_at_a_copy_there_are_no_members_of_other_cities(story: Story) -> None:
    with story.aalborg.app.app_context():
        assert len(db.session.scalars(select(MembershipRecord)).all()) == 1


def test_a_wish_right_behind_a_join_waits_for_it(story: Story) -> None:
    story.propose("Mental load among leaders")
    story.settle()
    with story.aalborg.at_work():
        topic, community = topic_called("Mental load among leaders").uri, the_community().uri
        communities.wish_to_leave(record_of_bram(story))
    story.settle()

    def say(type_: str, uri: str) -> None:
        """Mette of Aalborg wants something, as a program that does not wait for answers would send it."""
        with story.aalborg.at_work():
            said = activity(type_, uri, by=f"{story.aalborg.origin}/m/{METTE}")
            SqlLog().append(said, object_id=said["id"], to=[story.kassel.origin])
        story.aalborg.deliver()

    say("Join", community)
    say("Like", topic)
    with story.aalborg.app.app_context():
        waits = select(DeliveryRecord.last_error).where(DeliveryRecord.state != "done")
        assert db.session.scalars(waits).all() == ["early"]
        assert db.session.scalars(select(PeerRecord.next_try_at)).one() is None

    story.kassel.process()
    story.aalborg.retry_now()
    story.settle()

    assert topics_of(story.kassel) == [("Mental load among leaders", 1)]
    assert story.aalborg.letters_to(story.kassel).keys() == {"done"}
