# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What members want with topics: done here at the home, else asked of the home."""

from datetime import timedelta
from typing import Any

from cop.base.clock import now
from cop.base.errors import Conflict, Forbidden
from cop.base.i18n import N_
from cop.base.instance import is_ours
from cop.base.pending import PendingRequest, ask_home
from cop.communities.models import Community
from cop.communities.rules import Membership
from cop.communities.services import member_uri
from cop.meetings.models import Meeting, Topic
from cop.meetings.services.guards import clean_pitch, clean_title, must_be_ahead, must_be_of, must_own
from cop.meetings.services.topics import edit_topic, propose_again, propose_for_later, propose_topic, withdraw_topic

#: how long a withdrawal can be undone
UNDO_FOR = timedelta(minutes=10)


def wish_topic(
    meeting: Meeting, member: Membership, *, title: str, pitch: str = "", locale: str | None = None
) -> Topic | PendingRequest:
    """Propose a topic for a meeting, wherever its home is.

    Raises:
        Conflict: when the meeting is over or was cancelled.
        Invalid: when the title is empty, or a text too long.
    """
    if is_ours(meeting.origin):
        return propose_topic(meeting, member, title=title, pitch=pitch, locale=locale)
    must_be_of(meeting.community_id, member)
    must_be_ahead(meeting)
    words = _words(title, pitch, locale or meeting.locale)
    return ask_home(meeting.origin, "propose_topic", object_uri=meeting.uri, **_from(member), **words)


def wish_topic_for_later(
    community: Community, member: Membership, *, title: str, pitch: str = "", locale: str | None = None
) -> Topic | PendingRequest:
    """Put a topic into a community's backlog, wherever its home is.

    Raises:
        Invalid: when the title is empty, or a text too long.
    """
    if is_ours(community.origin):
        return propose_for_later(community, member, title=title, pitch=pitch, locale=locale)
    must_be_of(community.id, member)
    words = _words(title, pitch, locale or community.locale)
    return ask_home(community.origin, "propose_topic", object_uri=community.uri, **_from(member), **words)


def wish_edit(
    topic: Topic, member: Membership, *, title: str, pitch: str = "", locale: str | None = None
) -> Topic | PendingRequest:
    """Change the words of one's own topic, wherever its home is.

    Raises:
        Forbidden: when somebody else proposed it.
        Conflict: when it was withdrawn or discussed.
        Invalid: when the title is empty, or a text too long.
    """
    if is_ours(topic.origin):
        return edit_topic(topic, member, title=title, pitch=pitch, locale=locale)
    must_own(topic, member)
    words = _words(title, pitch, locale or topic.locale)
    return ask_home(topic.origin, "edit_topic", object_uri=topic.uri, **_from(member), **words)


def wish_withdrawal(topic: Topic, member: Membership) -> PendingRequest | None:
    """Take one's own topic back, wherever its home is.

    Raises:
        Forbidden: when somebody else proposed it.
        Conflict: when it was discussed.
    """
    if is_ours(topic.origin):
        withdraw_topic(topic, member)
        return None
    must_own(topic, member)
    # kept with the request for the undo: the copy is gone by then
    words: dict[str, Any] = {"title": topic.title, "pitch": topic.pitch, "locale": topic.locale}
    place = topic.meeting.uri if topic.meeting is not None else topic.community.uri
    return ask_home(topic.origin, "withdraw_topic", object_uri=topic.uri, place=place, **_from(member), **words)


def undo_withdrawal(withdrawn: Topic | PendingRequest, member: Membership) -> Topic | PendingRequest:
    """Propose again what one withdrew within the last ten minutes.

    Raises:
        Conflict: when it is too late, was undone already, or the meeting is over.
    """
    if withdrawn_too_long_ago(withdrawn):
        raise Conflict(N_("This can't be undone any more."))
    if isinstance(withdrawn, Topic):
        return propose_again(withdrawn, member)
    if withdrawn.person_id != member.person_id or withdrawn.kind != "withdraw_topic":
        raise Forbidden(N_("Only the person who proposed a topic can change it."))
    kept = withdrawn.details
    withdrawn.details = kept | {"undone": True}
    words: dict[str, Any] = {name: kept[name] for name in ("title", "pitch", "locale")}
    return ask_home(withdrawn.home, "propose_topic", object_uri=kept["place"], **_from(member), **words)


def withdrawn_too_long_ago(withdrawn: Topic | PendingRequest) -> bool:
    """Tell whether the undo of a withdrawal is over or used."""
    if isinstance(withdrawn, Topic):
        return withdrawn.withdrawn_at is None or withdrawn.withdrawn_at <= now() - UNDO_FOR
    return bool(withdrawn.details.get("undone")) or withdrawn.made_at <= now() - UNDO_FOR


def _words(title: str, pitch: str, locale: str) -> dict[str, Any]:
    return {"title": clean_title(title), "pitch": clean_pitch(pitch), "locale": locale}


def _from(member: Membership) -> dict[str, Any]:
    return {"person_id": member.person_id, "member_uri": member_uri(member.community_id, member.person_id)}
