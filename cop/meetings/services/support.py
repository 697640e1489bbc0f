# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Support: named interest in a topic before the meeting; a number, never a rank."""

from uuid import UUID

from sqlalchemy import delete, func, select

from cop.base.db import changed, db, lock
from cop.base.errors import Conflict
from cop.base.events import publish
from cop.base.i18n import N_
from cop.base.instance import is_ours
from cop.base.pending import PendingRequest, ask_home
from cop.communities.rules import Membership
from cop.communities.services import member_uri
from cop.meetings.events import TopicChanged
from cop.meetings.models import OPEN, Support, Topic
from cop.meetings.services.guards import must_be_ahead, must_be_home, must_be_of


def support(topic: Topic, member: Membership) -> None:
    """Support a topic; twice is once.

    Raises:
        Conflict: when the topic was withdrawn or discussed, or its meeting is over.
    """
    _set(topic, member, on=True)


def unsupport(topic: Topic, member: Membership) -> None:
    """Take one's support back; twice is once.

    Raises:
        Conflict: when the topic was withdrawn or discussed, or its meeting is over.
    """
    _set(topic, member, on=False)


def wish_support(topic: Topic, member: Membership, *, on: bool) -> PendingRequest | None:
    """Support a topic or take it back: here at its home, else by asking the home.

    Raises:
        Conflict: when the topic was withdrawn or discussed, or its meeting is over.
    """
    if is_ours(topic.origin):
        _set(topic, member, on=on)
        return None
    must_be_of(topic.community_id, member)
    return ask_home(
        topic.origin,
        "support" if on else "unsupport",
        person_id=member.person_id,
        object_uri=topic.uri,
        member_uri=member_uri(member.community_id, member.person_id),
    )


def _set(topic: Topic, member: Membership, *, on: bool) -> None:
    must_be_home(topic.origin)
    must_be_of(topic.community_id, member)
    lock(topic)
    if topic.state not in OPEN:
        raise Conflict(N_("This topic was withdrawn or discussed meanwhile."))
    if topic.meeting is not None:
        must_be_ahead(topic.meeting)
    if set_row(topic.id, member.person_id, on=on):
        topic.support_count = db.session.scalars(select(func.count()).where(Support.topic_id == topic.id)).one()
        changed(topic)
        db.session.flush()  # subscribers read it
        publish(TopicChanged(topic.id))


def set_row(topic_id: UUID, person_id: UUID, *, on: bool) -> bool:
    """Write or remove somebody's support; return False when it was so already."""
    mine = (Support.topic_id == topic_id, Support.person_id == person_id)
    if on is (db.session.scalars(select(Support.id).where(*mine)).first() is not None):
        return False
    if on:
        db.session.add(Support(topic_id=topic_id, person_id=person_id))
    else:
        db.session.execute(delete(Support).where(*mine))
    db.session.flush()  # the count reads it
    return True
