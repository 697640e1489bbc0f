# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What other cities say about things of theirs, read and then kept as our copies."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import update

from cop.base.clock import now
from cop.base.db import db
from cop.base.errors import Forbidden
from cop.communities import services as communities
from cop.communities.queries import community_by_uri
from cop.knowledge import copies as knowledge
from cop.meetings import services as meetings
from cop.meetings.models import Meeting
from cop.rotation import services as rotation
from cop.sharing.documents import read
from cop.sharing.handlers.once import NotYet
from cop.sharing.outgoing.relay import pass_on
from cop.sharing.queries import find_thing, is_quarantined, tombstone_of
from federation.errors import forbidden
from federation.origins import Origin
from federation.ports import PinnedKeys
from federation.relay import check_proved

Facts = dict[str, Any]
#: where a thing names itself and other things, and where people
THINGS = ("uri", "owner_uri", "meeting_uri")
PEOPLE = ("author", "proposed_by", "person")


@dataclass(frozen=True, slots=True)
class News:
    """A thing as its home says it is now: read and, where it carries a proof, proved.

    Attributes:
        type: as the protocol names it.
        by: who said it, or passed it on.
    """

    type: str
    document: Mapping[str, Any] = field(repr=False)
    facts: Facts = field(repr=False)
    by: str

    @property
    def uri(self) -> str:
        return str(self.facts["uri"])

    @property
    def about(self) -> set[str]:
        """The ids of the thing, of what it belongs to, and of whoever it names."""
        named = [self.facts[part]["uri"] for part in PEOPLE if self.facts.get(part)]
        return {self.facts[part] for part in THINGS if self.facts.get(part)}.union(named)

    def keep(self) -> None:
        """Add our copy, or replace it if this has a higher revision and was not deleted.

        Raises:
            Forbidden: when what it belongs to has another home.
            NotYet: when it refers to something that isn't here.
        """
        was_away = tombstone_of(self.uri) is not None
        if _may_live(self.uri, self.facts["rev"]):
            KEEPERS[self.type](dict(self.facts))
            if was_away:
                meetings.keep_accepted_again(self.uri)
            if self.type == "Article":
                pass_on(self.document, self.facts, sender=self.by)


def read_news(document: Mapping[str, Any], type_: str, *, sender: str, keys: PinnedKeys, by: str | None = None) -> News:
    """Read a document of the sender's, outside any transaction that writes; `by` names who passed it on.

    Raises:
        Refused: when the sender is not its home, or it carries a proof that does not hold.
    """
    facts = read(document, type_)
    if facts.get("origin") != sender:
        raise forbidden("owner", "not the home of this object")
    if "proof" in document:
        check_proved(document, home=Origin(sender), keys=keys, at=now())
    return News(type_, document, facts, by or sender)


def keep_again(document: Mapping[str, Any], type_: str) -> None:
    """Keep a document that was checked when it came, whatever revision stands here; nothing is passed on.

    Raises:
        Forbidden: when what it belongs to has another home by now.
        NotYet: when it refers to something that isn't here.
    """
    facts = read(document, type_)
    thing, grave = find_thing(facts["uri"]), tombstone_of(facts["uri"])
    if grave is not None:
        db.session.delete(grave)
    if thing is not None:
        db.session.execute(update(type(thing)).where(type(thing).id == thing.id).values(rev=0))
        db.session.expire(thing)
    KEEPERS[type_](dict(facts))


def _may_live(uri: str, rev: int) -> bool:
    """Tell whether neither a tombstone nor a quarantine is in the way.

    The tombstone of a thing that was only taken from us makes way for what comes later.
    """
    if is_quarantined(uri, rev):
        return False
    grave = tombstone_of(uri)
    if grave is None:
        return True
    if grave.final or rev < grave.rev:
        return False
    db.session.delete(grave)
    return True


def _keep_group(facts: Facts) -> None:
    del facts["owner_uri"]
    communities.apply_copy(**facts)


def _keep_event(facts: Facts) -> None:
    _require_community(facts)
    meetings.apply_meeting_copy(**_of_community(facts))


def _keep_topic(facts: Facts) -> None:
    _require_community(facts)
    meeting_uri = facts["meeting_uri"]
    if meeting_uri == facts["owner_uri"]:
        facts["meeting_uri"] = None
    elif meeting_uri is not None:
        _require_meeting(meeting_uri, facts["origin"])
    meetings.apply_topic_copy(**_of_community(facts))


def _keep_assignment(facts: Facts) -> None:
    _require_community(facts)
    del facts["extra"]
    rotation.apply_copy(**_of_community(facts))


def _keep_article(facts: Facts) -> None:
    """Keep an article; one for a community only has to wait for it."""
    owner = facts.pop("owner_uri")
    community = community_by_uri(owner)
    if community is None and facts["audience"] == "community":
        raise NotYet(owner)
    if community is not None and community.origin != facts["origin"]:
        raise Forbidden
    tags = [tag["name"] for tag in facts.pop("tags")]
    knowledge.apply_copy(**facts, tags=tags, community_uri=community.uri if community is not None else None)


def _of_community(facts: Facts) -> Facts:
    return {"community_uri": facts.pop("owner_uri"), **facts}


def _require_community(facts: Facts) -> None:
    community = community_by_uri(facts["owner_uri"])
    if community is None:
        raise NotYet(facts["owner_uri"])
    if community.origin != facts["origin"]:
        raise Forbidden


def _require_meeting(uri: str, origin: str) -> None:
    meeting = find_thing(uri)
    if meeting is None:
        raise NotYet(uri)
    if not isinstance(meeting, Meeting) or meeting.origin != origin:
        raise Forbidden


KEEPERS: Mapping[str, Callable[[Facts], None]] = {
    "Group": _keep_group,
    "Event": _keep_event,
    "cop:Topic": _keep_topic,
    "cop:Assignment": _keep_assignment,
    "Article": _keep_article,
}
