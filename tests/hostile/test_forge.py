# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A city that we trust says what it may not: for others, about others, about us, or too late."""

import json
from contextlib import closing
from uuid import uuid4

import pytest
from sqlalchemy import select

from cop.base.db import db, transaction
from cop.knowledge.services import publish_article
from cop.meetings.models import Meeting, Topic
from cop.sharing.models import PeerRecord, ReceivedActivity, Tombstone
from federation.errors import Refused
from federation.invitations import Invitation
from federation.keys import fingerprint
from federation.peering import Peering
from federation.ports import Answer
from tests.builders import a_community, a_meeting, a_member, a_person, a_topic
from tests.hostile.catalogue import cases
from tests.hostile.forgeries import deep, forged, tombstone
from tests.hostile.instance import ORIGIN
from tests.hostile.verdict import Verdict

KNOWN_B = "https://peer-b.example/events/1"
KNOWN_C = "https://peer-c.example/events/9"
ARTICLE_C = "https://peer-c.example/articles/3"


@pytest.fixture(scope="session")
def known(live, peer_b, peer_c, process):
    """What the well-behaved cities told before: two meetings and an article."""
    for city, uri in ((peer_b, KNOWN_B), (peer_c, KNOWN_C)):
        city.tell(city.community())
        city.tell(city.event(id=uri, **{"cop:rev": 3}))
    peer_c.tell(peer_c.article(id=ARTICLE_C))
    process()
    assert live.count(Meeting, Meeting.uri.in_([KNOWN_B, KNOWN_C])) == 2


@pytest.fixture
def play(live, cities, process, known, stranger):
    return Play(live, cities, process, stranger)


class Play:
    """What a line is played with."""

    def __init__(self, live, cities, process, stranger):
        self.live, self.cities, self.process, self.stranger = live, cities, process, stranger

    def signer(self, case):
        name = case.setup["peer"]
        return self.cities.get(name) or self.cities[f"https://{name}.example"]

    def judge(self, case, *documents, **checks):
        """Post, let the city act on it, and judge."""
        signer = self.signer(case)
        with Verdict(self.live, case, checks=CHECKS | checks) as verdict:
            for document in documents:
                verdict.take(signer.post(document, address=self.live.address()))
            self.process()
        return verdict


def name_of(verdict, uri):
    found = verdict.live.one(Meeting, Meeting.uri == uri)
    return found and found.title


#: words of `assert` that the lines about forgeries use
CHECKS = {
    "original_unchanged": lambda verdict: name_of(verdict, KNOWN_C) == "Desksharing" or pytest.fail("changed"),
    "create_does_not_update": lambda verdict: name_of(verdict, KNOWN_B) == "Desksharing" or pytest.fail("changed"),
    "newest_wins": lambda verdict: name_of(verdict, KNOWN_B) == "Desksharing" or pytest.fail("changed"),
    "rows_of_b_unchanged": lambda verdict: name_of(verdict, KNOWN_B) == "Desksharing" or pytest.fail("changed"),
    "one_row_or_rejected": lambda verdict: verdict.replies[0].status == 403 or pytest.fail("a second spelling"),
}


def _as_told(play, case):
    play.judge(case, forged(play.signer(case), case.setup["activity"]))


def _sequence(play, case):
    """Create and Delete in an order that must not bring anything back."""
    signer = play.signer(case)
    event = signer.event()
    said = {"Create": event, "Delete": tombstone(event["id"])}
    documents = [signer.activity(said[type_], type_) for type_ in case.setup["activity"]["sequence"]]

    def gone(verdict):
        assert verdict.live.one(Meeting, Meeting.uri == event["id"]) is None
        assert verdict.live.one(Tombstone, Tombstone.uri == event["id"]).final

    play.judge(case, *documents, still_tombstone=gone, tombstone_wins=gone, object_never_visible=gone)


def _deep(play, case):
    play.judge(case, deep(play.signer(case), case.setup["activity"]["depth"]))


def _fan_fetch(play, case):
    """Many activities, each naming something that only its home has: nobody is asked for it."""
    signer = play.stranger()
    signer.tell(signer.community())
    number = case.setup["activity"]["n"]
    checks = {"outbound_requests<=limit": lambda verdict: None}  # none at all, asserted of every case
    line = closing(play.live.connection(play.live.address()))
    with Verdict(play.live, case, checks=checks) as verdict, line as connection:
        for each in range(number):
            event = signer.event(context=f"https://peer-{each}.example/o/{uuid4()}")
            verdict.take(play.live.send(signer.draft(signer.activity(event)).seal(), connection=connection))
        play.process()
    assert play.live.count(ReceivedActivity, ReceivedActivity.sender == signer.origin) == number + 1


def _private(play, case):
    """An article that only members of a community here may read."""
    with play.live.app.app_context(), transaction():
        article = _a_private_article()
        path = article.uri.removeprefix(ORIGIN)

    def nothing_leaks(verdict):
        assert b"Vertraulich" not in verdict.replies[0].body

    with Verdict(play.live, case, checks={"no_leak": nothing_leaks}) as verdict:
        verdict.take(play.signer(case).get(path))


def _a_private_article():
    community = a_community("CoP Vertraulich", visibility="community")
    return publish_article(
        author_person_id=a_person().id,
        kind="guide",
        title="Vertraulich",
        body="Vertraulich",
        audience="community",
        community=community,
        locale="de",
        licence="CC-BY-4.0",
        tags=[],
    )


class _Says:
    """A transport that answers one thing."""

    def __init__(self, answer):
        self.answer = answer

    def send(self, request):
        return self.answer


def _fetched(play, case):
    """The one document that is fetched: a city's own, by an administrator with an invitation of that city."""
    signer = play.stranger()
    told = case.setup["activity"]
    actor = signer.actor() | ({"id": told["returns_id"]} if "returns_id" in told else {})

    answer = Answer(
        200, {"content-type": told.get("fetch_response_ct", "application/activity+json")}, json.dumps(actor).encode()
    )
    before = play.live.digest()
    with pytest.raises(Refused) as refusal:
        _peering(_Says(answer)).look(Invitation(signer.origin, bytes(32), fingerprint(signer.key.public)))
    assert refusal.value.status in {*case.http, 403}
    assert play.live.digest() == before


def _peering(transport):
    nothing = None
    return Peering(
        city=nothing,
        key=nothing,
        peers=nothing,
        invitations=nothing,
        transport=transport,
        limit=nothing,
        events=nothing,
        clock=nothing,
    )


def _ballot_stuffing(play, case):
    """One member likes a topic a hundred times, also under ids that the city makes up."""
    signer = play.stranger()
    member = signer.id("m")
    with play.live.app.app_context(), transaction():
        community = a_community()
        meeting = a_meeting(community)
        a_member(community, person=a_person("Karin", signer.origin, uri=member), origin=signer.origin)
        topic = a_topic(meeting, a_member(community, "Selin")).uri
    names = [member] * 50 + [signer.id("m") for _ in range(50)]
    likes = [signer.activity(topic, "Like", actor=name) for name in names]

    def once(verdict):
        assert verdict.live.one(Topic, Topic.uri == topic).support_count == 1

    with Verdict(play.live, case, checks={"at_most_one_per_verified_person_or_remote_votes_off": once}) as verdict:
        for like in likes:
            verdict.take(signer.post(like, address=play.live.address()))
        play.process()


def _peer_list(play, case):
    """A city lists others as its peers: none becomes ours."""
    peers = [f"https://sub-{number}.peer-b.example" for number in range(50_000)]
    before = play.live.count(PeerRecord)

    def none_added(verdict):
        assert verdict.live.count(PeerRecord) == before

    play.judge(
        case,
        *(
            play.signer(case).activity(play.signer(case).actor() | {"cop:peers": peers[:number]}, "Update")
            for number in (900, 50_000)
        ),
        no_auto_peering=none_added,
    )


def _flags(play, case):
    """What a remote city says about itself being approved or pinned is kept, and means nothing."""
    signer = play.signer(case)
    document = forged(signer, case.setup["activity"])

    def ignored(verdict):
        kept = verdict.live.one(Meeting, Meeting.uri == document["object"]["id"])
        assert kept.extra == case.setup["activity"]["object"]

    play.judge(case, document, flags_ignored=ignored)


def _one_spelling(play, case):
    """An international city is known by its A-label; the other spelling is nobody's."""
    signer = play.signer(case)
    told = case.setup["activity"]["object"]["id"]
    signer.tell(signer.community())

    def same_peer(verdict):
        assert verdict.live.count(PeerRecord, PeerRecord.origin == signer.origin) == 1
        assert verdict.live.one(Meeting, Meeting.uri == told).origin == signer.origin

    play.judge(case, signer.activity(signer.event(id=told)), same_peer_row=same_peer)
    in_letters = told.encode().decode().replace("xn--mnchen-3ya", "münchen")
    assert signer.post(signer.activity(signer.event(id=in_letters))).status == 403


def _year_9999(play, case):
    """A stamp in the far future locks nothing: the revision alone decides."""
    signer = play.signer(case)
    event = signer.event(**case.setup["activity"]["object"])

    def later_wins(verdict):
        signer.tell(event | {"cop:rev": 2, "name": "Später", "updated": "2026-12-01T09:00:00Z"}, "Update")
        play.process()
        assert name_of(verdict, event["id"]) == "Später"

    play.judge(case, signer.activity(event, "Update"), later_updates_win=later_wins)


#: what decides how a line is played: the first of these that its activity or its asserts name
PLAYS = {
    "sequence": _sequence,
    "depth": _deep,
    "fan_fetch": _fan_fetch,
    "request": _private,
    "fetch": _fetched,
    "fetch_response_ct": _fetched,
    "ballot_stuffing": _ballot_stuffing,
    "peer_list_bomb": _peer_list,
    "flags_ignored": _flags,
    "same_peer_row": _one_spelling,
    "later_updates_win": _year_9999,
}


@cases("forge")
def test_a_forgery(play, case):
    activity = case.setup["activity"]
    told = {*activity, *case.asserts, activity.get("scenario")}
    next((way for word, way in PLAYS.items() if word in told), _as_told)(play, case)


def test_two_hundred_valid_deliveries_between_hostile_ones_are_each_accepted_once(play):
    """The control: the same endpoint, the same minute, the same signer."""
    signer, accepted = play.stranger(), []
    signer.tell(signer.community())
    events = [signer.event(name=f"Treffen {number}") for number in range(200)]
    forger = play.cities["https://peer-c.example"]
    for number, event in enumerate(events):
        accepted.append(signer.post(signer.activity(event)).status)
        stolen = {"key": forger.key} if number % 2 else {}
        assert signer.post(signer.activity(event | {"id": KNOWN_C}), **stolen).status == 403
    again = [signer.post(signer.activity(event)).status for event in events[:20]]
    play.process()

    assert accepted + again == [202] * 220
    with play.live.app.app_context():
        kept = db.session.scalars(select(Meeting.uri).where(Meeting.origin == signer.origin)).all()
    assert sorted(kept) == sorted(event["id"] for event in events)


def test_nothing_of_it_makes_an_account(play):
    assert play.live.strangers() == 0
