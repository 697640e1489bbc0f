# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A city in which somebody coordinates, moderates, writes and administers, and which grows by one of each kind."""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import select

from cop.accounts import services as accounts
from cop.accounts.models import Person
from cop.accounts.session import cookie_name, keyed_hash
from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.pending import ask_home
from cop.communities.models import Community, MemberState
from cop.communities.rules import Membership, Role
from cop.meetings.models import Answer, Meeting, MeetingState, Registration, Support
from cop.rotation.models import TurnState
from cop.sharing.hub import hub
from cop.sharing.models import PeerRecord
from cop.sharing.stores import SqlPeers
from federation.ports import Level, Peer, PeerState
from tests.builders import AALBORG, a_community, a_meeting, a_person, a_record, a_topic, a_turn, an_account, an_article

TOKEN = "a-session-of-the-benchmark"


class World:
    """The rows that pages are about; `ids` and `ids_abroad` (of copies) are what their addresses are made of."""

    def __init__(self, app):
        self.app = app
        with app.app_context():
            assert hub().keys
            a_peer(AALBORG)
            with transaction():
                me = a_person("Nadja")
                account = an_account(me, is_admin=True)
                community = a_community("Wort", founder=me)
                abroad = a_community("Wort", origin=AALBORG)
                a_record(abroad, person=me)
                proof = Membership(community.id, me.id, Role.COORDINATOR)
                meeting = a_meeting(community, title="Wort")
                over = a_meeting(community, title="Wort", starts_in=timedelta(days=-2), state=MeetingState.ENDED)
                accounts.open_session(account.id, token_hash=keyed_hash(TOKEN), device="bench", id_token="")
                self.me, self.account, self.abroad, self.over = me.id, account.id, abroad.id, over.id
                self.ids = {
                    "community_id": community.id,
                    "meeting_id": meeting.id,
                    "topic_id": a_topic(meeting, proof, "Wort").id,
                    "turn_id": a_turn(meeting, "moderator", proof, state=TurnState.PROPOSED).id,
                    "article_id": an_article("Wort", community=community, author=me).id,
                    "version": 1,
                }
                self.ids_abroad = {"community_id": abroad.id, "meeting_id": a_meeting(abroad, title="Wort").id}
            self.ids["peer_id"] = a_peer()
            self.headers = {"cookie": f"{cookie_name('session')}={TOKEN}"}

    def grow(self, number):
        """Add so many of everything that a page may list."""
        with self.app.app_context():
            for _ in range(number):
                with transaction():
                    self._grow_at_home()
                    self._grow_abroad()
                a_peer()
            db.session.remove()

    def _grow_at_home(self):
        me = db.session.get_one(Person, self.me)
        community = db.session.get_one(Community, self.ids["community_id"])
        meeting = db.session.get_one(Meeting, self.ids["meeting_id"])
        a_community("Wort und mehr", founder=me)
        a_record(community, "Wer fragt", state=MemberState.ASKED)
        member = a_record(community, "Wer dabei ist", origin=AALBORG)
        topic = a_topic(meeting, member, "Wort")
        a_topic(db.session.get_one(Meeting, self.over), member, "Wort")
        db.session.add(Support(topic_id=topic.id, person_id=member.person_id))
        come = {"answer": Answer.CONFIRMED, "answered_at": now()}
        db.session.add(Registration(meeting_id=meeting.id, person_id=member.person_id, **come))
        _another_meeting(community, member)
        an_article("Wort", community=community, author=me, tags=("eins", "zwei"))
        accounts.open_session(self.account, token_hash=keyed_hash(uuid4().hex), device="bench", id_token="")

    def _grow_abroad(self):
        abroad = db.session.get_one(Community, self.abroad)
        member = a_record(a_community("Wort weiter weg", origin=AALBORG), person=db.session.get_one(Person, self.me))
        _another_meeting(abroad, member)
        meeting = db.session.get_one(Meeting, self.ids_abroad["meeting_id"])
        a_topic(meeting, member, "Wort")
        an_article("Wort", origin=AALBORG)
        wish = {"title": "Wort", "pitch": "", "locale": "de", "member_uri": member.uri}
        ask_home(AALBORG, "propose_topic", person_id=self.me, object_uri=meeting.uri, **wish)


def _another_meeting(community, member):
    meeting = a_meeting(community, title="Wort")
    a_turn(meeting, "moderator", member)
    a_turn(meeting, "organiser", member, state=TurnState.OPEN_CALL).person_id = None
    a_topic(meeting, member, "Wort")


def a_peer(origin=None):
    """A city that works with this one; opens its own transaction."""
    origin = origin or f"https://{uuid4()}.example"
    peer = Peer(origin, PeerState.ACTIVE, Level.WORK, Level.WORK, f"{origin}/a/{uuid4()}")
    SqlPeers().add(peer, name="Stadt Wort", keys={f"{origin}/actor#peer-1": bytes(32)})
    return db.session.scalar(select(PeerRecord.id).where(PeerRecord.origin == origin))
