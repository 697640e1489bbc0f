# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Small things to test with. Say only what the test is about; call them inside a transaction."""

from datetime import timedelta
from itertools import count
from uuid import uuid4

from cop.accounts.models import Account, KnownCity, Person
from cop.base.audience import Audience
from cop.base.clock import now
from cop.base.db import db, new_id
from cop.base.instance import this_city
from cop.communities import services as communities
from cop.communities.models import Charter, Community, JoinMode, Kind, MembershipRecord, MemberState, Role
from cop.communities.queries import count_by_city
from cop.knowledge.copies import apply_copy as apply_article_copy
from cop.knowledge.models import ArticleKind
from cop.knowledge.services import publish_article
from cop.meetings.models import Meeting, MeetingState, Topic, TopicState
from cop.meetings.rules import wall_clock
from cop.rotation.models import Assignment, TurnState
from cop.sharing.models import PeerRecord

AALBORG = "http://127.0.0.1:8102"
HEIDELBERG = "http://127.0.0.1:8103"
_numbers = count(1)

# --- people ---


def a_person(name="Bram", origin=None, **facts) -> Person:
    """Somebody of this city, or of `origin`."""
    origin = origin or this_city().origin
    if origin != this_city().origin:
        facts.setdefault("uri", f"{origin}/m/{uuid4()}")
    person = Person(id=new_id(), display_name=name, origin=origin, **facts)
    db.session.add(person)
    db.session.flush()
    return person


def an_account(person=None, *, is_admin=False, **facts) -> Account:
    person = person or a_person()
    facts.setdefault("subject", f"subject-{next(_numbers)}")
    account = Account(id=new_id(), person=person, issuer="http://127.0.0.1:8100/kassel", is_admin=is_admin, **facts)
    db.session.add(account)
    db.session.flush()
    return account


def a_city(origin=AALBORG, *, name="Aalborg Kommune", short="Aalborg", letters="AA", hue=200, locale="da") -> KnownCity:
    city = KnownCity(origin=origin, name=name, short=short, letters=letters, hue=hue, locale=locale)
    db.session.add(city)
    db.session.flush()
    return city


def a_peer(origin=AALBORG, *, level=3, **facts) -> PeerRecord:
    """A partner city with which we work together."""
    facts = {"name": "Aalborg Kommune", "short": "Aalborg", "letters": "AA", "hue": 200, "locale": "da"} | facts
    peer = PeerRecord(
        origin=origin, state="active", level_in=level, level_out=level, made_at=now(), next_try_at=None, **facts
    )
    db.session.add(peer)
    db.session.flush()
    return peer


# --- communities ---


def a_community(name="CoP Personalentwicklung", *, origin=None, founder=None, **facts) -> Community:
    """A community founded here, or the copy of one of `origin`."""
    facts = {
        "kind": Kind.COP,
        "domain": "Personal development in municipalities",
        "locale": "de",
        "visibility": Audience.PEERS,
        "join_mode": JoinMode.OPEN,
        "charter": {"purpose": "Learn from each other"},
    } | facts
    if origin in (None, this_city().origin):
        return communities.found_community((founder or a_person("Nadja")).id, name=name, **facts)
    charter = facts.pop("charter")
    community = Community(id=new_id(), uri=f"{origin}/o/{uuid4()}", origin=origin, rev=1, name=name, **facts)
    community.charter = Charter(**charter)
    db.session.add(community)
    db.session.flush()
    return community


def a_record(
    community, name="Bram", *, person=None, origin=None, role=Role.MEMBER, state=MemberState.ACTIVE, **facts
) -> MembershipRecord:
    """The row of a membership, written as it is; the counts of the community follow."""
    person = person or a_person(name, origin)
    record = MembershipRecord(
        id=new_id(),
        community=community,
        person=person,
        uri=person.uri or f"{this_city().origin}/m/{uuid4()}",
        role=role,
        state=state,
        asked_at=now(),
        joined_at=now() if state == MemberState.ACTIVE else None,
        **({"shows_name": True} | facts),
    )
    db.session.add(record)
    db.session.flush()
    community.members_by_city = count_by_city(community.id)
    return record


def a_member(community, name="Bram", **facts):
    """The proof of permission of an active member; for the row take `a_record`."""
    record = a_record(community, name, **facts)
    return communities.require_member(community.id, record.person_id)


# --- meetings ---


def a_meeting(community=None, *, title="Treffen", starts_in=timedelta(days=10), **facts) -> Meeting:
    """A meeting of a community of ours, without turns; by default its collection of topics is open."""
    community = community or a_community()
    starts_at = (now() + starts_in).replace(second=0, microsecond=0)
    facts = {
        "zone": "Europe/Berlin",
        "minutes": 120,
        "locale": community.locale,
        "audience": Audience.PEERS,
        "collection_opens_at": starts_at - timedelta(days=28),
        "collection_closes_at": starts_at - timedelta(days=4),
        "state": MeetingState.SCHEDULED,
    } | facts
    meeting_id = new_id()
    meeting = Meeting(
        id=meeting_id,
        uri=f"{community.origin}/o/{meeting_id}",
        origin=community.origin,
        rev=1,
        community=community,
        title=title,
        starts_at=starts_at,
        starts_local=wall_clock(starts_at, facts["zone"]),
        **facts,
    )
    db.session.add(meeting)
    db.session.flush()
    return meeting


def a_topic(meeting, member=None, title="Wie gewinnen wir Mentor:innen?", **facts) -> Topic:
    """A topic of a meeting, at its home or at a copy; the meeting's count follows."""
    proposer_id = member.person_id if member is not None else a_person("Selin").id
    topic_id = new_id()
    topic = Topic(
        id=topic_id,
        uri=f"{meeting.origin}/o/{topic_id}",
        origin=meeting.origin,
        rev=1,
        community_id=meeting.community_id,
        meeting=meeting,
        proposed_by_id=proposer_id,
        title=title,
        **({"pitch": "", "locale": meeting.locale, "state": TopicState.PROPOSED, "proposed_at": now()} | facts),
    )
    db.session.add(topic)
    meeting.topic_count = (meeting.topic_count or 0) + 1
    db.session.flush()
    return topic


def a_turn(meeting, role, member, **facts) -> Assignment:
    """A member's turn at a meeting, at its home or at a copy."""
    turn_id = new_id()
    turn = Assignment(
        id=turn_id,
        uri=f"{meeting.origin}/o/{turn_id}",
        origin=meeting.origin,
        rev=1,
        community_id=meeting.community_id,
        role=role,
        occasion_uri=meeting.uri,
        occasion_at=meeting.starts_at,
        person_id=member.person_id,
        **({"state": TurnState.CONFIRMED} | facts),
    )
    db.session.add(turn)
    db.session.flush()
    return turn


# --- knowledge ---


def an_article(title="Desksharing mit 0,7 Plätzen je Kopf", *, origin=None, community=None, author=None, **facts):
    """An article published here, or the copy of one of `origin`."""
    facts = {
        "kind": ArticleKind.PRACTICE,
        "body": "Wenige Regeln, im Team vereinbart.",
        "audience": Audience.PEERS,
        "locale": "de",
        "licence": "CC-BY-4.0",
        "tags": (),
    } | facts
    if origin in (None, this_city().origin):
        return publish_article(
            author_person_id=(author or a_person("Miriam Ahlsdorf")).id, title=title, community=community, **facts
        )
    return apply_article_copy(
        uri=f"{origin}/o/{uuid4()}",
        origin=origin,
        rev=1,
        title=title,
        community_uri=community.uri if community else None,
        author={"uri": f"{origin}/m/{uuid4()}", "name": "HR-udvikling", "city_origin": origin},
        published_at=now(),
        updated_at=now(),
        **facts,
    )
