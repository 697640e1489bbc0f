# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What people of three cities do in a random history; each act is one transaction in one city, and may be refused.

Whom and what an act is about follows from the chance it is given and from what the city knows, in an order that does
not depend on ids.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from cop.accounts.models import Person
from cop.base.audience import Audience
from cop.base.clock import now
from cop.base.db import db
from cop.base.instance import this_city
from cop.base.pending import PendingRequest, RequestState
from cop.communities import services as communities
from cop.communities.models import Community, MembershipRecord, MemberState, Role
from cop.communities.rules import Membership
from cop.knowledge import services as knowledge
from cop.knowledge.models import Article, ArticleKind
from cop.meetings import services as meetings
from cop.meetings.models import Answer, Meeting, Topic
from tests.builders import a_community, a_person

SHOWN = (Audience.PEERS, Audience.PEERS, Audience.COMMUNITY)


class NothingToDo(Exception):  # noqa: N818  said as it is
    """There is nothing an act could be about."""


@dataclass
class Acts:
    """Does what chance chooses, and remembers what was wanted."""

    chance: random.Random
    #: mark of a topic -> what each wish for it became: done here, or the wish that went to its home
    wanted: dict[str, list[UUID | None]] = field(default_factory=dict)
    #: how many things have a mark of their own
    marks: int = 0

    def settle_in(self) -> None:
        """Give a city its people, and a community that one of them coordinates."""
        for name in ("Ada", "Bo", "Cem"):
            a_person(name)
        self.found()

    def any_of(self) -> Callable[[], None]:
        """Choose an act."""
        acts = [*MEMBERS * 2, *COORDINATORS]
        return self.chance.choice(acts).__get__(self)

    # --- who and what ---

    def pick(self, found: Sequence[object]) -> object:
        if not found:
            raise NothingToDo
        return self.chance.choice(found)

    def somebody(self) -> Person:
        """Anybody of this city."""
        here = select(Person).where(Person.origin == this_city().origin, Person.uri.is_(None))
        return self.pick(db.session.scalars(here.order_by(Person.display_name)).all())

    def membership(self, *, role: Role | None = None) -> tuple[Community, Membership]:
        """Somebody of this city in a community, here or elsewhere."""
        asked = (
            select(MembershipRecord)
            .join(Person, Person.id == MembershipRecord.person_id)
            .join(Community, Community.id == MembershipRecord.community_id)
            .where(MembershipRecord.state == MemberState.ACTIVE, Person.origin == this_city().origin)
            .order_by(Community.domain, Person.display_name)
        )
        if role is not None:
            asked = asked.where(MembershipRecord.role == role)
        record = self.pick(db.session.scalars(asked).all())
        return record.community, communities.require_member(record.community_id, record.person_id)

    def meeting_of(self, community: Community) -> Meeting:
        asked = select(Meeting).where(Meeting.community_id == community.id).order_by(Meeting.description)
        return self.pick(db.session.scalars(asked).all())

    def topic_of(self, community: Community, *where: object) -> Topic:
        asked = select(Topic).where(Topic.community_id == community.id, *where).order_by(Topic.pitch, Topic.proposed_at)
        return self.pick(db.session.scalars(asked).all())

    def own_article(self) -> Article:
        asked = select(Article).where(Article.origin == this_city().origin).order_by(Article.body)
        return self.pick(db.session.scalars(asked).all())

    def mark(self) -> str:
        """A word that stays with a thing whatever else is changed of it."""
        self.marks += 1
        return f"{this_city().short} {self.marks:04}"

    def remember(self, mark: str, came: Topic | PendingRequest) -> None:
        self.wanted.setdefault(mark, []).append(came.id if isinstance(came, PendingRequest) else None)

    # --- what members do ---

    def join(self) -> None:
        known = select(Community).where(Community.name != "").order_by(Community.domain)
        community = self.pick(db.session.scalars(known).all())
        shows = self.chance.random() < 0.5
        communities.wish_to_join(community, self.somebody(), shows_name=shows, role_title="HR")

    def leave(self) -> None:
        community, member = self.membership(role=Role.MEMBER)
        record = select(MembershipRecord).filter_by(community_id=community.id, person_id=member.person_id)
        communities.wish_to_leave(db.session.scalars(record).one())

    def propose(self) -> None:
        community, member = self.membership()
        mark = self.mark()
        if self.chance.random() < 0.3:
            came = meetings.wish_topic_for_later(community, member, title=f"Thema {mark}", pitch=mark)
        else:
            came = meetings.wish_topic(self.meeting_of(community), member, title=f"Thema {mark}", pitch=mark)
        self.remember(mark, came)

    def edit(self) -> None:
        community, member = self.membership()
        topic = self.topic_of(community, Topic.proposed_by_id == member.person_id)
        title = f"Frage {self.chance.randrange(1000)}"
        meetings.wish_edit(topic, member, title=title, pitch=topic.pitch)

    def withdraw(self) -> None:
        community, member = self.membership()
        topic = self.topic_of(community, Topic.proposed_by_id == member.person_id)
        meetings.wish_withdrawal(topic, member)

    def undo(self) -> None:
        """Take back a withdrawal, here or at the home."""
        community, member = self.membership()
        if community.origin == this_city().origin:
            withdrawn = self.topic_of(community, Topic.withdrawn_at.is_not(None))
            mark = withdrawn.pitch
        else:
            asked = select(PendingRequest).where(
                PendingRequest.kind == "withdraw_topic",
                PendingRequest.person_id == member.person_id,
                PendingRequest.home == community.origin,
                PendingRequest.state == RequestState.ACCEPTED,
            )
            withdrawn = self.pick(db.session.scalars(asked.order_by(PendingRequest.made_at)).all())
            mark = withdrawn.details["pitch"]
        self.remember(mark, meetings.undo_withdrawal(withdrawn, member))

    def support(self) -> None:
        community, member = self.membership()
        meetings.wish_support(self.topic_of(community), member, on=self.chance.random() < 0.6)

    def answer(self) -> None:
        community, member = self.membership()
        meetings.wish_answer(self.meeting_of(community), member, self.chance.choice(list(Answer)))

    # --- what coordinators do, and who writes ---

    def found(self) -> None:
        """Found a community with a meeting; the founder coordinates."""
        community = a_community(f"CoP {self.marks}", founder=self.somebody(), domain=self.mark())
        self._plan(community, communities.require_coordinator(community.id, community.memberships[0].person_id))

    def rename(self) -> None:
        community, coordinator = self.membership(role=Role.COORDINATOR)
        communities.change_community(community, coordinator, name=f"CoP {self.chance.randrange(1000)}")

    def hide_or_show(self) -> None:
        community, coordinator = self.membership(role=Role.COORDINATOR)
        communities.change_community(community, coordinator, visibility=self.chance.choice(SHOWN))

    def plan(self) -> None:
        self._plan(*self.membership(role=Role.COORDINATOR))

    def _plan(self, community: Community, coordinator: Membership) -> None:
        starts = (now() + timedelta(days=60)).replace(tzinfo=None, second=0, microsecond=0)
        facts = {"starts_local": starts, "zone": "Europe/Berlin", "minutes": 90}
        audience = self.chance.choice(SHOWN)
        mark = self.mark()
        meetings.plan_meeting(
            community, coordinator, title=f"Treffen {mark}", description=mark, audience=audience, **facts
        )

    def change(self) -> None:
        community, coordinator = self.membership(role=Role.COORDINATOR)
        facts = {"title": f"Treffen {self.chance.randrange(1000)}", "audience": self.chance.choice(SHOWN)}
        meetings.change_meeting(self.meeting_of(community), coordinator, **facts)

    def cancel(self) -> None:
        community, coordinator = self.membership(role=Role.COORDINATOR)
        if self.chance.random() < 0.3:
            meetings.cancel_meeting(self.meeting_of(community), coordinator)

    def keep_for_later(self) -> None:
        community, coordinator = self.membership(role=Role.COORDINATOR)
        meetings.move_to_backlog(self.topic_of(community), coordinator)

    def take_up(self) -> None:
        community, coordinator = self.membership(role=Role.COORDINATOR)
        meetings.take_up(self.topic_of(community), self.meeting_of(community), coordinator)

    def publish(self) -> None:
        somebody = self.somebody()
        own = select(Community).where(Community.origin == this_city().origin).order_by(Community.domain)
        community = self.pick(db.session.scalars(own).all()) if self.chance.random() < 0.5 else None
        audience = self.chance.choice(SHOWN) if community else Audience.PEERS
        facts = {"kind": ArticleKind.GUIDE, "audience": audience, "community": community, "locale": "de"}
        knowledge.publish_article(author_person_id=somebody.id, title="Wissen", body=self.mark(), tags=("a",), **facts)

    def correct(self) -> None:
        article = self.own_article()
        title, tags = f"Wissen {self.chance.randrange(1000)}", self.chance.sample(["a", "b", "c"], 2)
        knowledge.correct_article(article, title=title, body=article.body, tags=tags)

    def take_back(self) -> None:
        knowledge.withdraw_article(self.own_article())


MEMBERS = [
    *[Acts.join] * 3,
    Acts.leave,
    *[Acts.propose] * 4,
    *[Acts.edit] * 2,
    *[Acts.withdraw] * 2,
    Acts.undo,
    *[Acts.support] * 4,
    *[Acts.answer] * 2,
]
COORDINATORS = [
    Acts.found,
    Acts.rename,
    Acts.hide_or_show,
    Acts.plan,
    Acts.change,
    Acts.cancel,
    Acts.keep_for_later,
    Acts.take_up,
    *[Acts.publish] * 2,
    *[Acts.correct] * 2,
    Acts.take_back,
]
