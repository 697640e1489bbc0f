# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A community of Kassel with a meeting, and people of Aalborg in it: what most live tests begin with."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from cop.accounts.models import Person
from cop.base.audience import Audience
from cop.base.clock import now
from cop.base.db import db
from cop.base.pending import PendingRequest
from cop.communities import services as communities
from cop.communities.models import Community, MembershipRecord
from cop.communities.rules import Membership
from cop.meetings import services as meetings
from cop.meetings.models import Answer, Meeting, Topic
from tests.builders import a_community, a_person
from tests.live_instance import LiveInstance, settle

LINKS = [{"kind": "room", "label": "Webex", "url": "https://webex.example/kassel"}]


def the_community() -> Community:
    return db.session.scalars(select(Community)).one()


def the_meeting() -> Meeting:
    return db.session.scalars(select(Meeting)).one()


def topic_called(title: str) -> Topic:
    return db.session.scalars(select(Topic).where(Topic.title == title)).one()


class Story:
    """Who is who; every method does one thing in one city and lets both come to rest when asked."""

    def __init__(self, kassel: LiveInstance, aalborg: LiveInstance, **facts: object) -> None:
        self.kassel, self.aalborg = kassel, aalborg
        with kassel.at_work():
            self.nadja: UUID = a_person("Nadja").id
            community = a_community(founder=db.session.get_one(Person, self.nadja), **facts)
            self._plan(community)
        with aalborg.at_work():
            self.bram: UUID = a_person("Bram").id

    def _plan(self, community: Community) -> None:
        starts = (now() + timedelta(days=10)).replace(tzinfo=None, second=0, microsecond=0)
        meetings.plan_meeting(
            community,
            communities.require_coordinator(community.id, self.nadja),
            title="Treffen im Herbst",
            starts_local=starts,
            zone="Europe/Berlin",
            minutes=120,
            audience=Audience.PEERS,
            links=LINKS,
        )

    def settle(self) -> None:
        settle(self.kassel, self.aalborg)

    def peer(self) -> "Story":
        self.kassel.peer_with(self.aalborg)
        return self

    def join(self, *, shows_name: bool = False) -> "Story":
        """Bram asks Kassel to let him in."""
        with self.aalborg.at_work():
            person = db.session.get_one(Person, self.bram)
            communities.ask_home_to_join(the_community(), person, shows_name=shows_name, role_title="HR-udvikling")
        self.settle()
        return self

    def member(self) -> Membership:
        """Prove that Bram is a member, in Aalborg."""
        return communities.require_member(the_community().id, self.bram)

    def coordinator(self) -> Membership:
        """Prove that Nadja coordinates, in Kassel."""
        return communities.require_coordinator(the_community().id, self.nadja)

    def propose(self, title: str) -> None:
        """Bram proposes a topic."""
        with self.aalborg.at_work():
            meetings.wish_topic(the_meeting(), self.member(), title=title, pitch="Hvem gør hvad?", locale="da")

    def answer(self, answer: Answer) -> None:
        """Bram says whether he comes."""
        with self.aalborg.at_work():
            meetings.wish_answer(the_meeting(), self.member(), answer)

    def wishes(self) -> list[tuple[str, str, str | None]]:
        """What became of what Bram wanted, oldest first."""
        with self.aalborg.app.app_context():
            found = db.session.scalars(select(PendingRequest).order_by(PendingRequest.made_at)).all()
            return [(wish.kind, str(wish.state), wish.reason) for wish in found]


def topics_of(city: LiveInstance) -> list[tuple[str, int]]:
    """Title and support of the topics a city shows, oldest first."""
    with city.app.app_context():
        found = db.session.scalars(select(Topic).where(Topic.state != "withdrawn").order_by(Topic.proposed_at))
        return [(topic.title, topic.support_count) for topic in found]


def members_by_city(city: LiveInstance) -> dict[str, int]:
    with city.app.app_context():
        return the_community().members_by_city


def record_of_bram(story: Story) -> MembershipRecord:
    return db.session.scalars(select(MembershipRecord).where(MembershipRecord.person_id == story.bram)).one()
