# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Somebody of this city who reaches further than the pages offer: other ids, more fields, odd values, many at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from cop.accounts.models import Account, Person
from cop.base.audience import Audience
from cop.base.db import db, transaction
from cop.base.instance import this_city
from cop.communities.models import Community, MembershipRecord, MemberState, Role
from cop.meetings.models import Answer, Meeting, Registration, Support, Topic
from cop.rotation.models import Assignment, TurnState
from tests.builders import a_community, a_meeting, a_person, a_record, a_topic, a_turn
from tests.reader import Reader
from tests.world import Visitor, World

PLACES = [
    "/communities/{community_id}/topics",
    "/communities/{community_id}/meetings",
    "/communities/{community_id}/knowledge",
    "/communities/{community_id}/turns",
    "/communities/{community_id}/members",
    "/communities/{community_id}/requests",
    "/meetings/{meeting_id}",
    "/meetings/{meeting_id}.ics",
    "/meetings/{begun_id}/minutes",
    "/topics/{topic_id}/edit",
    "/turns/{turn_id}",
    "/knowledge/{article_id}",
    "/knowledge/{article_id}/versions/1",
]
#: what people and programs put where a word was expected
ODD = {
    "nothing": "",
    "nul": "a\0b",
    "a lone surrogate": "%ED%A0%80",
    "bidi": "\u202egnihton",
    "piled accents": "e" + "\u0301" * 5000,
    "5,000 digits": "9" * 5000,
    "a big number": "9" * 25,
    "a negative number": "-1",
    "digits of another script": "\uff11\uff12",
    "a line break": "a\r\nBcc: somebody@example.org",
    "markup": "<script>alert(1)</script>",
    "a template": "{{ 7 * 7 }} %(name)s {0} %s",
    "a long text": "x" * 300_000,
    "the first day": "0001-01-01",
    "the last day": "9999-12-31",
    "a wildcard": "%_\\",
}
QUERIES = ("page", "kind", "city", "tag", "q", "whose", "month", "view", "without", "next", "invitation", "community")


@pytest.fixture
def world(app) -> World:
    return World(app, Audience.COMMUNITY)


def there(world, place):
    return place.format(**world.ids)


@pytest.mark.parametrize("place", PLACES)
def test_what_only_members_see_looks_to_others_as_if_it_were_not_there(world, place):
    """Not even that it exists: the answer is the one for an id nobody ever gave out."""
    nowhere = place.format(**dict.fromkeys(world.ids, "01900000-0000-7000-8000-000000000000"))
    insider = world.reader("member" if "topic_id" in place else "coordinator")
    outsider = world.reader("outsider")
    assert insider.get(there(world, place)).status_code == 200

    hidden, absent = outsider.get(there(world, place)), outsider.get(nowhere)

    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert world.mark not in hidden.text


def test_a_guessed_invitation_does_not_tell_which_communities_there_are(world):
    outsider, nowhere = world.reader("outsider"), "01900000-0000-7000-8000-000000000000"

    answers = [
        outsider.get(f"/communities/{one}/join?invitation=made-up").status_code
        for one in (world.ids["community_id"], nowhere)
    ]

    assert answers == [403, 403]


def test_no_list_holds_anything_of_a_hidden_community(world):
    places = ["/", "/communities", "/knowledge", "/search?q=CoP", "/search?q=Treffen"]
    places += ["/search?q=Mentoring", "/search?q=Regeln", f"/calendar?month={world.month}"]
    outsider, member = world.reader("outsider"), world.reader("member")

    assert [place for place in places if world.mark in outsider.get(place).text] == []
    assert [place for place in places if world.mark not in member.get(place).text] == []


MORE_FIELDS = {
    "/communities/{community_id}/join": {"shows_name": "yes", "role_title": "HR", "role": "coordinator"},
    "/meetings/{meeting_id}/topics": {"title": "Wer vertritt wen?", "pitch": "", "support_count": "500"},
    "/topics/{topic_id}/edit": {"title": "Wer vertritt wen?", "pitch": "", "proposed_by_id": "1"},
    "/topics/{topic_id}/support": {"supported": "1", "person_id": "1"},
    "/meetings/{meeting_id}/answer": {"answer": "confirmed", "person_id": "1"},
    "/turns/{turn_id}/answer": {"answer": "confirm", "person_id": "1"},
    "/communities/{community_id}/turns": {"takes_turns": "yes", "joined_at": "2000-01-01"},
    "/notifications": {"turn": "1", "is_admin": "1"},
    "/calendar/feed": {"person_id": "1"},
    "/topics/{topic_id}/withdraw": {"state": "discussed"},
    "/communities/{community_id}/leave": {"person_id": "1"},
}


@pytest.mark.parametrize("place", MORE_FIELDS)
def test_a_field_that_a_form_does_not_have_is_refused(app, world, place):
    member = world.reader("member")
    before = rows(app)

    answer = member.post(there(world, place), **MORE_FIELDS[place])

    assert answer.status_code == 400
    assert rows(app) == before


def rows(app):
    """How many rows there are of what members can change."""
    with app.app_context(), transaction():
        tables = (MembershipRecord, Topic, Support, Registration, Assignment, Account)
        return [db.session.scalar(select(func.count()).select_from(table)) for table in tables]


def test_the_person_of_a_form_is_who_is_signed_in(app, world):
    """Ids of other people's things in the address change nothing of theirs."""
    other = world.reader("other_coordinator")
    foreign = {
        f"/communities/{world.ids['community_id']}/requests/{world.ids['membership_id']}/accept": {},
        f"/communities/{world.ids['community_id']}/members/{world.ids['member_record_id']}/role": {"role": "member"},
        f"/communities/{world.own_community_id}/requests/{world.ids['membership_id']}/accept": {},
        f"/communities/{world.own_community_id}/members/{world.ids['member_record_id']}/role": {"role": "coordinator"},
        f"/topics/{world.ids['kept_id']}/take-up": {},
        f"/series/{world.ids['series_id']}/end": {},
    }

    answers = {place: other.post(place, **form).status_code for place, form in foreign.items()}

    assert set(answers.values()) == {404}
    with transaction():
        records = [
            db.session.get_one(MembershipRecord, world.ids[name]) for name in ("membership_id", "member_record_id")
        ]
        assert [(record.state, record.role) for record in records] == [
            (MemberState.ASKED, Role.MEMBER),
            (MemberState.ACTIVE, Role.MEMBER),
        ]


def test_somebody_elses_device_is_not_signed_out(app, world):
    other = world.reader("outsider")
    with app.app_context():
        from cop.accounts.models import LoginSession

        victim = world.reader("member")
        session_id = db.session.scalar(
            select(LoginSession.id).join(Account).where(Account.person_id == world.people["member"])
        )

    answer = other.post(f"/me/devices/{session_id}/end")

    assert answer.status_code == 404
    assert victim.get("/me").status_code == 200


@pytest.mark.parametrize("odd", ODD)
def test_odd_words_in_an_address_break_no_page(world, odd):
    reader = world.reader("coordinator")
    pages = ["/", "/communities", "/calendar", "/knowledge", "/knowledge/new", "/search", "/me", "/login"]
    pages += [f"/communities/{world.ids['community_id']}/join"]
    value = ODD[odd][:8000]
    asked = [(page, dict.fromkeys(QUERIES, value)) for page in pages]
    rest = value.replace("/", "") or "x"
    asked += [(page.format(rest), {}) for page in ("/calendar/feed/{}.ics", "/admin-invitation/{}")]

    failed = [page for page, query in asked if ask(reader, page, query).status_code >= 500]

    assert failed == []


def ask(reader, page, query):
    from contextvars import Context

    return Context().run(lambda: reader.client.get(page, query_string=query))


@pytest.mark.parametrize("odd", ODD)
def test_odd_words_in_a_form_break_nothing(world, odd):
    """Each field of each form, one after the other: refused or taken, never a failure."""
    from tests.architecture.test_routes_and_roles import FORMS

    reader, failed = world.reader("coordinator"), []
    for place, endpoint in FORM_PLACES.items():
        valid = FORMS[endpoint](world)
        for name in valid:
            answer = reader.post(there(world, place), **(valid | {name: ODD[odd]}))
            if answer.status_code >= 500:
                failed.append((endpoint, name))

    assert failed == []


FORM_PLACES = {
    "/communities/new": "communities.found",
    "/communities/{community_id}/edit": "communities.change",
    "/communities/{community_id}/meetings/new": "meetings.plan",
    "/meetings/{meeting_id}/edit": "meetings.change",
    "/meetings/{meeting_id}/topics": "meetings.propose",
    "/meetings/{begun_id}/minutes": "minutes.save",
    "/meetings/{begun_id}/minutes/publish": "minutes.publish",
    "/meetings/{begun_id}/minutes/replace": "minutes.replace",
    "/knowledge/new": "knowledge.publish",
    "/knowledge/{article_id}/edit": "knowledge.correct",
    "/turns/{turn_id}/answer": "rotation.answer",
    "/communities/{community_id}/turns": "rotation.choose",
    "/communities/{community_id}/members/{member_record_id}/role": "communities.change_role",
}


def test_no_version_is_too_far_to_be_absent(world):
    reader, article = world.reader("member"), world.ids["article_id"]

    answers = [
        reader.get(f"/knowledge/{article}/versions/{number}").status_code for number in (0, 2**31, 2**63, 10**30)
    ]

    assert answers == [404] * 4


def test_a_form_with_thousands_of_fields_or_megabytes_is_too_large(world):
    reader = world.reader("member")
    place = there(world, "/meetings/{meeting_id}/topics")

    many = reader.post(place, **{f"field{number}": "x" for number in range(5000)})
    large = reader.post(place, title="Titel", pitch="x" * 2_000_000)

    assert (many.status_code, large.status_code) == (400, 413)


def test_pages_of_people_are_kept_in_no_cache(world):
    reader, visitor = world.reader("member"), Visitor(world.app)

    for answer in (reader.get("/"), reader.get(there(world, "/meetings/{meeting_id}.ics")), visitor.get("/login")):
        assert "no-store" in answer.headers["Cache-Control"]
        assert "Cookie" in answer.headers["Vary"]


def test_an_id_chosen_by_somebody_else_is_no_session(app, world):
    """Session fixation: what the browser brought before signing in means nothing, and signing in makes a new id."""
    from cop.accounts.session import cookie_name

    visitor = Visitor(app)
    host = this_city().origin.partition("//")[2].partition(":")[0]
    visitor.client.set_cookie(cookie_name("session"), "x" * 43, domain=host)

    assert visitor.get("/me").status_code == 302
    assert world.reader("member").cookie.partition("=")[2] != "x" * 43


# --- forty at the same moment ---

MANY = 40


@pytest.fixture
def crowd(app):
    """Forty people, signed in."""
    with transaction():
        people = [a_person(f"Person {number}") for number in range(MANY)]
    return [Reader(app, person) for person in people]


def all_at_once(crowd, act):
    db.session.remove()
    with ThreadPoolExecutor(len(crowd)) as pool:
        return [answer.status_code for answer in pool.map(act, crowd)]


def test_forty_who_join_support_come_and_propose_at_once_are_counted_right(app, crowd):
    with transaction():
        community = a_community()
        meeting = a_meeting(community, starts_in=timedelta(days=10))
        topic = a_topic(meeting)
        place, page, vote = f"/communities/{community.id}", f"/meetings/{meeting.id}", f"/topics/{topic.id}/support"
        ids = community.id, meeting.id, topic.id

    for _twice in range(2):
        assert set(all_at_once(crowd, lambda one: one.post(f"{place}/join", shows_name="yes", role_title=""))) == {302}
        assert set(all_at_once(crowd, lambda one: one.post(vote, supported="1"))) == {303}
        assert set(all_at_once(crowd, lambda one: one.post(f"{page}/answer", answer="confirmed"))) == {303}
    assert set(all_at_once(crowd, lambda one: one.post(f"{page}/topics", title="Wer vertritt wen?", pitch=""))) == {303}

    with transaction():
        community, meeting, topic = (
            db.session.get_one(kind, key) for kind, key in zip((Community, Meeting, Topic), ids, strict=True)
        )
        assert community.members_by_city == {this_city().origin: MANY + 1}
        assert (topic.support_count, count(Support)) == (MANY, MANY)
        assert (meeting.confirmed_count, count(Registration, Registration.answer == Answer.CONFIRMED)) == (MANY, MANY)
        assert meeting.topic_count == MANY + 1 == count(Topic)


def test_of_forty_who_step_in_at_once_one_has_the_turn(app, crowd):
    with transaction():
        community = a_community()
        meeting = a_meeting(community)
        for one in crowd:
            a_record(community, person=db.session.get_one(Person, one.person_id))
        record = a_record(community, "Karin")
        turn = a_turn(meeting, "moderator", record, state=TurnState.OPEN_CALL)
        turn.person_id = None
        place = f"/turns/{turn.id}/answer"

    answers = all_at_once(crowd, lambda one: one.post(place, answer="take"))

    assert (answers.count(303), answers.count(409)) == (1, MANY - 1)


def count(table, *where):
    return db.session.scalar(select(func.count()).select_from(table).where(*where))
