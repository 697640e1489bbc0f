# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A community with everything in it, at home or as a copy, and people who stand to it in every way there is."""

import re
from contextvars import Context
from datetime import timedelta
from uuid import uuid4

from cop.accounts.guard import csrf_token
from cop.accounts.models import Person
from cop.accounts.services import invite_admin
from cop.accounts.session import cookie_name, keyed_hash
from cop.base.audience import Audience
from cop.base.clock import now
from cop.base.db import db, new_id, transaction
from cop.base.instance import this_city
from cop.communities.invitations import write_invitation
from cop.communities.models import Community, MemberState, Role
from cop.meetings.models import ActionItem, Answer, Registration, Series, TopicState
from cop.minutes.models import Amendment, Minutes, MinutesState
from cop.room.services.opening import prepare
from cop.rotation.models import TurnState
from cop.sharing.models import PeerKey, PeerRecord
from cop.visits.services import receive_guest
from federation.ports import PeerState
from tests.builders import (
    a_community,
    a_meeting,
    a_peer,
    a_person,
    a_record,
    a_topic,
    a_turn,
    an_account,
    an_article,
)
from tests.reader import Reader

AALBORG = "https://aalborg.example"
#: nobody of it is in a community, until somebody visits
HEIDELBERG = "https://heidelberg.example"
LATER = timedelta(days=10)


def peer(origin=AALBORG, **facts):
    """The partner city of this origin, as it is or made now."""
    return db.session.query(PeerRecord).filter_by(origin=origin).one_or_none() or a_peer(origin, **facts)


class World:
    """Rows for every parameter that a route has; all ids are new."""

    def __init__(self, app, audience, *, origin=None):
        self.app, self.audience, self.origin = app, audience, origin
        self._readers = {}
        with transaction():
            peer()
            self._people()
            self._community()
            self._meetings()
            self._minutes()
            self._rest()

    def _people(self):
        names = ("member", "coordinator", "outsider", "other", "other_coordinator", "admin")
        self.names = {name: f"{name} {uuid4().hex[:6]}".title() for name in names}
        self.people = {name: a_person(full).id for name, full in self.names.items()}
        an_account(db.session.get_one(Person, self.people["admin"]), is_admin=True)

    def person(self, name):
        return db.session.get_one(Person, self.people[name])

    def _community(self):
        facts = {"visibility": self.audience, "origin": self.origin}
        community = self.community = a_community(**facts, founder=self.person("coordinator"))
        if self.origin is not None:
            a_record(community, person=self.person("coordinator"))
        self.membership = a_record(community, person=self.person("member"))
        self.asked = a_record(community, "Karin", state=MemberState.ASKED)
        self.mark = uuid4().hex[:8]
        community.name = f"CoP {self.mark}"
        another = a_community("CoP Digitalisierung", founder=self.person("other_coordinator"))
        a_record(another, person=self.person("other"))
        self.own_community_id = another.id

    def _meetings(self):
        self.meeting = a_meeting(self.community, title=f"Treffen {self.mark}", audience=self.audience)
        self.begun = a_meeting(self.community, audience=self.audience, starts_in=-timedelta(minutes=30))
        self.begun.video_room = "jitsi" if self.origin is None else ""
        for person in ("member", "coordinator"):
            self._comes(self.people[person])
        self.code = "NOROOM"
        if self.origin is None:
            room = prepare(self.begun, self.membership)
            room.moderator_id, self.code = self.people["coordinator"], room.code
        self.turn = a_turn(self.meeting, "moderator", self.membership, state=TurnState.PROPOSED)
        self.topic = a_topic(self.meeting, self.membership, f"Mentoring {self.mark}")
        self.kept = a_topic(self.meeting, self.membership, state=TopicState.BACKLOG)
        self.kept.meeting = None
        self.withdrawn = a_topic(self.meeting, self.membership, state=TopicState.WITHDRAWN, withdrawn_at=now())
        self.series = Series(
            id=new_id(),
            community_id=self.community.id,
            title="Treffen",
            rrule="FREQ=WEEKLY",
            starts_local=(now() + LATER).replace(tzinfo=None),
            zone="Europe/Berlin",
            minutes=60,
            audience=self.audience,
        )
        place = {"community_id": self.community.id, "meeting_id": self.meeting.id}
        self.action = ActionItem(id=new_id(), **place, text=f"Liste {self.mark}", recorded_at=now())
        db.session.add_all([self.series, self.action])

    def _comes(self, person_id):
        """Let somebody come to the meeting that has begun."""
        answer = {"answer": Answer.CONFIRMED, "answered_at": now()}
        db.session.add(Registration(meeting_id=self.begun.id, person_id=person_id, **answer))

    def _minutes(self):
        draft = Minutes(
            meeting_id=self.begun.id,
            body=f"- {self.person('member').display_name} spricht mit der Stadt.",
            rev=1,
            state=MinutesState.DRAFT,
            saved_at=now(),
            saved_by_id=self.people["coordinator"],
        )
        draft.amend_until = now() + LATER
        db.session.add(draft)
        db.session.flush()
        self.amendment = Amendment(
            minutes_id=draft.id, person_id=self.people["member"], text=f"Bitte {self.mark}", proposed_at=now()
        )
        db.session.add(self.amendment)

    def _rest(self):
        author = self.person("member") if self.origin is None else None
        facts = {"origin": self.origin, "community": self.community, "audience": self.audience}
        self.article = an_article(f"Regeln {self.mark}", **facts, author=author)
        self.asking = a_peer(f"https://peer-{uuid4().hex[:8]}.example", level=0)
        self.asking.state = PeerState.ASKED
        self.partner = a_peer(f"https://peer-{uuid4().hex[:8]}.example")
        for name, pending in (("peer-1", None), ("peer-2", now())):
            key_id = f"{self.partner.origin}/actor#{name}"
            self.partner.keys.append(PeerKey(key_id=key_id, public_key=bytes(32), pending_since=pending))
        self.ended = a_peer(f"https://peer-{uuid4().hex[:8]}.example", level=0)
        self.ended.state = PeerState.ENDED
        db.session.flush()
        self.ids = {
            "community_id": self.community.id,
            "meeting_id": self.meeting.id,
            "begun_id": self.begun.id,
            "command": "takeaway",
            "code": self.code,
            "membership_id": self.asked.id,
            "member_record_id": self.membership.id,
            "topic_id": self.topic.id,
            "kept_id": self.kept.id,
            "withdrawn_id": self.withdrawn.id,
            "action_id": self.action.id,
            "amendment_id": self.amendment.id,
            "turn_id": self.turn.id,
            "series_id": self.series.id,
            "article_id": self.article.id,
            "asking_id": self.asking.id,
            "ended_id": self.ended.id,
            "peer_id": self.partner.id,
            "session_id": uuid4(),
            "name": self.topic.uri.rpartition("/")[2],
            "community_name_id": self.community.uri.rpartition("/")[2],
            "version": 1,
            "token": "made-up",
            "filename": "css/page.css",
        }
        self.uris = {name: getattr(self, name).uri for name in ("community", "meeting", "topic", "turn", "article")}
        self.member_uri = self.membership.uri
        self.month = f"{self.meeting.starts_at:%Y-%m}"
        self.article_rev = self.article.rev

    def invitation(self):
        """What lets people of this city into the community."""
        from cop.communities.rules import Membership

        return write_invitation(Membership(self.ids["community_id"], self.people["coordinator"], Role.COORDINATOR))

    def admin_token(self):
        token = uuid4().hex
        with transaction():
            invite_admin(keyed_hash(token))
        return token

    def reader(self, name):
        """Somebody of this world, signed in."""
        if name not in self._readers:
            with transaction():
                person = self.person(name)
            self._readers[name] = Reader(self.app, person)
        return self._readers[name]

    def guest(self):
        """Somebody of Heidelberg who visits."""
        if "guest" not in self._readers:
            self._readers["guest"] = Guest(self)
        return self._readers["guest"]


class Guest:
    """A browser of somebody of a partner city who visits the community of a world."""

    def __init__(self, world):
        self.app, self.client = world.app, world.app.test_client()
        token, name = uuid4().hex * 2, cookie_name("visit")
        with transaction():
            record = a_record(
                db.session.get_one(Community, world.ids["community_id"]), "Bram", origin=peer(HEIDELBERG).origin
            )
            world._comes(record.person_id)
            receive_guest(record, token_hash=keyed_hash(token), sid=str(uuid4()))
        self.client.set_cookie(name, token, domain=this_city().origin.partition("//")[2].partition(":")[0])
        self.cookie = f"{name}={token}"

    def get(self, path):
        return Context().run(self.client.get, path)

    def post(self, path, **form):
        data = {"csrf_token": Context().run(self._token)} | form
        return Context().run(lambda: self.client.post(path, data=data))

    def _token(self):
        with self.app.test_request_context(headers={"Cookie": self.cookie}):
            return csrf_token()


class Visitor:
    """A browser in which nobody is signed in."""

    def __init__(self, app):
        self.client = app.test_client()

    def get(self, path, **more):
        return Context().run(lambda: self.client.get(path, **more))

    def post(self, path, **form):
        page = self.get("/login").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        return Context().run(lambda: self.client.post(path, data={"csrf_token": token[1]} | form))


__all__ = ["AALBORG", "Audience", "Visitor", "World", "this_city"]
