# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a city refused for good: listed in words, sent again in order, dropped, taken back."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, insert, select

from cop.accounts.models import Person
from cop.accounts.session import cookie_name
from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.errors import Conflict, NotFound
from cop.base.pending import PendingRequest, RequestState, ask_home
from cop.sharing import jobs, letters
from cop.sharing.cli import peer as peer_commands
from cop.sharing.letters import MOST, OVERTAKEN
from cop.sharing.models import DeliveryRecord, DeliveryState, PeerRecord, SentRequest, TrustEvent
from cop.sharing.queries import peer_of
from cop.sharing.stores import SqlDeliveries, SqlLog
from cop.sharing.words import on_its_way
from federation.activities import build_activity
from federation.origins import Origin
from federation.ports import Attempt, Outcome
from tests.builders import AALBORG, a_community, a_peer, a_person, a_record, an_account
from tests.reader import Reader

HERE = "http://127.0.0.1:8101"


@pytest.fixture
def aalborg(app: Flask) -> PeerRecord:
    with transaction():
        a_peer(AALBORG)
    found = peer_of(AALBORG)
    assert found is not None
    return found


@pytest.fixture
def admin(app: Flask, aalborg: PeerRecord) -> Reader:
    with transaction():
        account = an_account(a_person("Nadja"), is_admin=True)
        person_id = account.person_id
    reader = Reader(app, db.session.get_one(Person, person_id))
    reader.client.set_cookie(cookie_name("locale"), "en", domain="127.0.0.1")
    return reader


def say(type_: str, object_: dict | str, *, about: str = "", by: str = "actor") -> str:
    """Say something to Aalborg, and return the activity's id."""
    id_ = f"{HERE}/a/{uuid4()}"
    said = build_activity(type_, id_=id_, actor=f"{HERE}/{by}", object_=object_)
    with transaction():
        SqlLog().append(said, object_id=about or said["object"]["id"], to=[Origin(AALBORG)])
    return id_


def an_article(rev: int = 1, uri: str = "", **facts: object) -> dict:
    uri = uri or f"{HERE}/o/{uuid4()}"
    return {"id": uri, "type": "Article", "name": "Desksharing", "cop:rev": rev, "cop:audience": "peers"} | facts


def answer(outcome: Outcome, *, error: str = "schema") -> None:
    """Aalborg answers to the first that is due."""
    waiting = SqlDeliveries().due(Origin(AALBORG), at=now(), limit=1)
    status = {Outcome.DONE: 202, Outcome.DEAD: 400}[outcome]
    SqlDeliveries().record(Origin(AALBORG), waiting[0], Attempt(outcome, now(), status, error))


def refused(type_: str = "Create", object_: dict | str | None = None, **facts: str) -> None:
    say(type_, object_ if object_ is not None else an_article(), **facts)
    answer(Outcome.DEAD)


def states() -> list[str]:
    db.session.rollback()  # what a page did meanwhile
    return list(db.session.scalars(select(DeliveryRecord.state).order_by(DeliveryRecord.seq)))


def only() -> DeliveryRecord:
    return db.session.scalars(select(DeliveryRecord)).one()


def due() -> list[str]:
    db.session.rollback()
    return [one.activity_id for one in SqlDeliveries().due(Origin(AALBORG), at=now(), limit=50)]


def decisions() -> list[tuple[str, int]]:
    db.session.rollback()
    found = db.session.scalars(select(TrustEvent).order_by(TrustEvent.at, TrustEvent.id))
    return [(event.code, event.details["number"]) for event in found if "number" in event.details]


def page(admin: Reader, aalborg: PeerRecord) -> str:
    answer = admin.get(f"/admin/partners/{aalborg.id}")
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def test_a_letter_that_was_refused_is_listed_with_what_why_and_when(app: Flask, aalborg: PeerRecord) -> None:
    refused()

    (letter,) = letters.letters(aalborg, DeliveryState.DEAD)

    assert (letter.type, letter.object_type, letter.title, letter.error) == (
        "Create",
        "Article",
        "Desksharing",
        "schema",
    )
    assert letter.at == only().refused_at
    assert letters.counts() == {aalborg.id: letters.Counts(waiting=0, refused=1, dropped=0)}


def test_what_only_members_may_read_is_listed_without_its_title(app: Flask, aalborg: PeerRecord) -> None:
    refused(object_=an_article(**{"cop:audience": "community"}))

    assert [letter.title for letter in letters.letters(aalborg, DeliveryState.DEAD)] == [""]


def test_sent_again_it_is_due_at_once_and_that_is_written_down(app: Flask, aalborg: PeerRecord) -> None:
    refused()

    with transaction():
        letters.replay(aalborg, letter=only().id, by=None)

    assert (states(), len(due()), only().attempts) == (["due"], 1, 0)
    assert decisions() == [("replayed", 1)]


def test_what_is_sent_again_goes_before_what_followed(app: Flask, aalborg: PeerRecord) -> None:
    article = an_article()
    first = say("Create", article)
    second = say("Update", article | {"cop:rev": 2})
    answer(Outcome.DEAD)

    letters.replay_all(aalborg.id, by=None)

    assert due() == [first, second]


def test_two_of_one_object_are_sent_again_in_their_order(app: Flask, aalborg: PeerRecord) -> None:
    article = an_article()
    said = [say("Create", article), say("Update", article | {"cop:rev": 2})]
    answer(Outcome.DEAD)
    answer(Outcome.DEAD)

    assert letters.replay_all(aalborg.id, by=None) == 2
    assert due() == said


def test_what_a_later_one_has_overtaken_is_not_sent_again(app: Flask, aalborg: PeerRecord) -> None:
    community = f"{HERE}/o/{uuid4()}"
    refused("Join", community, about=community, by="m/1")
    say("Leave", community, about=community, by="m/1")
    answer(Outcome.DONE)

    assert letters.replay_all(aalborg.id, by=None) == 0
    with pytest.raises(Conflict), transaction():
        letters.replay(aalborg, letter=letters.letters(aalborg, DeliveryState.DEAD)[0].id, by=None)
    assert states() == ["dead", "done"]


@pytest.mark.parametrize(
    ("type_", "object_", "by"),
    [
        ("Join", "http://127.0.0.1:8101/o/1", "m/2"),
        ("Like", "http://127.0.0.1:8101/o/1", "m/1"),
        ("Offer", {"type": ["Note", "cop:Topic"], "cop:clientId": "1"}, "m/1"),
    ],
)
def test_what_another_person_wanted_or_another_matter_overtakes_nothing(
    app: Flask, aalborg: PeerRecord, type_: str, object_: dict | str, by: str
) -> None:
    about = "http://127.0.0.1:8101/o/1"
    refused("Join", about, about=about, by="m/1")
    say(type_, object_, about=about, by=by)
    answer(Outcome.DONE)

    assert letters.replay_all(aalborg.id, by=None) == 1


def test_a_proposal_is_never_overtaken_by_another(app: Flask, aalborg: PeerRecord) -> None:
    about, topic = f"{HERE}/o/1", {"type": ["Note", "cop:Topic"], "cop:clientId": "1"}
    refused("Offer", topic, about=about, by="m/1")
    say("Offer", topic, about=about, by="m/1")
    answer(Outcome.DONE)

    assert letters.replay_all(aalborg.id, by=None) == 1


def test_more_than_fit_on_the_page_are_sent_again_and_written_down_once(app: Flask, aalborg: PeerRecord) -> None:
    for _ in range(MOST + 3):
        say("Create", an_article())
    with transaction():
        db.session.query(DeliveryRecord).update({"state": "dead", "refused_at": now()})

    assert letters.replay_all(aalborg.id, by=None) == MOST + 3
    assert decisions() == [("replayed", MOST + 3)]


def test_what_is_dropped_is_not_sent_and_can_be_taken_back(app: Flask, aalborg: PeerRecord) -> None:
    refused()
    say("Create", an_article())

    with transaction():
        letters.drop(aalborg, by=None)
        letters.drop(aalborg, state=DeliveryState.DUE, by=None)
    assert (states(), due()) == (["dropped", "dropped"], [])
    with transaction():
        assert letters.take_back(aalborg, by=None) == 2

    assert states() == ["dead", "due"]
    assert [code for code, _ in decisions()] == ["dropped", "dropped", "taken_back"]


def test_an_undo_takes_back_what_was_dropped_at_that_moment_only(app: Flask, aalborg: PeerRecord) -> None:
    refused()
    with transaction():
        letters.drop(aalborg, by=None)
    refused()
    with transaction():
        dropped = letters.drop(aalborg, by=None)

    with transaction():
        letters.take_back(aalborg, at=dropped.at, by=None)

    assert states() == ["dropped", "dead"]


def test_what_waited_and_was_overtaken_meanwhile_is_listed_when_taken_back(app: Flask, aalborg: PeerRecord) -> None:
    article = an_article()
    say("Create", article)
    with transaction():
        letters.drop(aalborg, state=DeliveryState.DUE, by=None)
    say("Update", article | {"cop:rev": 2})
    answer(Outcome.DONE)

    with transaction():
        letters.take_back(aalborg, by=None)

    (letter,) = letters.letters(aalborg, DeliveryState.DEAD)
    assert (letter.error, letter.overtaken) == (OVERTAKEN, True)


def test_what_is_gone_cannot_be_decided_about(app: Flask, aalborg: PeerRecord) -> None:
    for decide in (letters.replay, letters.drop, letters.take_back):
        with pytest.raises(NotFound), transaction():
            decide(aalborg, letter=uuid4(), by=None)


def test_to_a_city_that_is_no_partner_nothing_is_sent_again(app: Flask, aalborg: PeerRecord) -> None:
    refused()
    with transaction():
        db.session.merge(aalborg).state = "ended"

    for decide in (letters.replay, letters.take_back):
        with pytest.raises(Conflict), transaction():
            decide(aalborg, letter=only().id, by=None)
    with pytest.raises(Conflict):
        letters.replay_all(aalborg.id, by=None)


def a_wish(person_id) -> PendingRequest:
    """A person here wants to join a community of Aalborg's."""
    with transaction():
        community = a_community(origin=AALBORG)
        record = a_record(community, person=db.session.get_one(Person, person_id), state="asked")
        return ask_home(
            AALBORG,
            "join_community",
            person_id=person_id,
            object_uri=community.uri,
            membership_id=str(record.id),
            member_uri=record.uri,
        )


def test_a_person_whose_request_was_refused_or_dropped_is_told(app: Flask, aalborg: PeerRecord) -> None:
    with transaction():
        person = a_person("Bram")
    wish = a_wish(person.id)
    answer(Outcome.DEAD)

    with app.test_request_context():
        assert "did not take it" in str(on_its_way(wish)) or "nicht" in str(on_its_way(wish))
    with transaction():
        letters.drop(aalborg, by=None)
    with time_machine.travel(now() + timedelta(days=29)):
        jobs.tidy()
        assert wish.state == RequestState.WAITING
    with time_machine.travel(now() + timedelta(days=31)):
        jobs.tidy()

    assert (wish.state, wish.reason) == (RequestState.REFUSED, "The administrators here decided not to send it.")
    assert db.session.scalar(select(func.count(DeliveryRecord.id))) == 0
    assert db.session.scalar(select(func.count(SentRequest.id))) == 1


def test_the_page_says_what_was_refused_and_its_buttons_do_what_they_say(admin: Reader, aalborg: PeerRecord) -> None:
    refused()
    refused("Delete", {"id": f"{HERE}/o/9", "type": "Tombstone", "formerType": "cop:Topic"})
    refused("Like", f"{AALBORG}/o/1", about=f"{AALBORG}/o/1", by="m/1")

    shown = page(admin, aalborg)
    for words in ("Article “Desksharing”, new", "Topic, deleted", "A person here supports a topic", "understand this"):
        assert words in shown
    path = f"/admin/partners/{aalborg.id}/letters"
    letter = str(db.session.scalars(select(DeliveryRecord.id).order_by(DeliveryRecord.seq)).first())
    assert admin.post(f"{path}/replay", letter=letter).status_code == 302
    assert states() == ["due", "dead", "dead"]
    admin.post(f"{path}/drop", which="refused")
    assert "Undo" in page(admin, aalborg)
    assert states() == ["due", "dropped", "dropped"]
    admin.post(f"{path}/take-back")
    admin.post(f"{path}/replay")

    assert states() == ["due", "due", "due"]
    assert decisions() == [("replayed", 1), ("dropped", 2), ("taken_back", 2), ("replayed", 2)]


def test_a_toast_undoes_just_what_was_dropped(admin: Reader, aalborg: PeerRecord) -> None:
    refused()
    path = f"/admin/partners/{aalborg.id}/letters"
    admin.post(f"{path}/drop", which="waiting")
    admin.post(f"{path}/drop")
    db.session.rollback()
    moment = only().dropped_at

    assert moment is not None
    assert admin.post(f"{path}/take-back", at=moment.isoformat()).status_code == 302
    assert states() == ["dead"]


def test_the_page_asks_the_database_as_often_for_many_letters_as_for_few(admin: Reader, aalborg: PeerRecord) -> None:
    refused()
    few = admin.queries(f"/admin/partners/{aalborg.id}")
    for _ in range(20):
        refused()
    many = admin.queries(f"/admin/partners/{aalborg.id}")

    assert len(few) == len(many)


def test_the_list_names_what_was_refused(admin: Reader, aalborg: PeerRecord) -> None:
    refused()

    assert "refused 1 message" in " ".join(admin.get("/admin/partners").text.split())


def test_the_same_by_command(app: Flask, aalborg: PeerRecord) -> None:
    refused()
    run = app.test_cli_runner().invoke
    letter = str(only().id)

    told = run(peer_commands, ["dead-letters", AALBORG])
    assert letter in told.output
    assert "Desksharing" in told.output
    assert run(peer_commands, ["drop", AALBORG]).output.startswith("Dropped: 1.")
    assert run(peer_commands, ["drop", AALBORG, "--back"]).output == "Taken back: 1.\n"
    assert run(peer_commands, ["replay", AALBORG, "--letter", letter]).output == "Sent again: 1.\n"
    assert run(peer_commands, ["drop", AALBORG, "--waiting", "--letter", letter]).exit_code == 0
    assert run(peer_commands, ["replay", AALBORG]).output == "Sent again: 0.\n"
    assert run(peer_commands, ["dead-letters", "https://nobody.example"]).exit_code == 1
    assert states() == ["dropped"]


def test_after_an_incident_ten_thousand_that_wait_can_be_seen_paused_dropped_and_taken_back(
    admin: Reader, aalborg: PeerRecord
) -> None:
    say("Create", an_article())
    first = only()
    facts = {"peer_id": first.peer_id, "entry_id": first.entry_id, "state": "due", "attempts": 0, "due_at": now()}
    rows = [{"id": uuid4(), "seq": 10 + number, "object_uri": str(number), **facts} for number in range(9_999)]
    with transaction():
        db.session.execute(insert(DeliveryRecord), rows)
    path = f"/admin/partners/{aalborg.id}/letters"

    assert "10000 messages, for 0 minutes: since" in page(admin, aalborg)
    admin.post(f"{path}/pause")
    assert due() == []
    admin.post(f"{path}/drop", which="waiting")
    assert set(states()) == {"dropped"}
    assert f"and {10_000 - MOST} more" in page(admin, aalborg)
    admin.post(f"{path}/take-back")
    assert (set(states()), due()) == ({"due"}, [])
    admin.post(f"{path}/resume")

    assert len(due()) == 50
