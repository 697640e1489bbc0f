# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What other cities say about things of theirs: keep our copy as they say, or forget it."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import update

from cop.base.clock import now
from cop.base.db import db
from cop.base.errors import Forbidden
from cop.base.instance import in_development
from cop.communities import services as communities
from cop.communities.models import Community
from cop.communities.queries import community_by_uri
from cop.knowledge import copies as knowledge
from cop.knowledge.models import Article
from cop.meetings import services as meetings
from cop.meetings.models import Meeting, Topic
from cop.rotation import services as rotation
from cop.rotation.models import Assignment
from cop.sharing.documents import SCHEMAS, read
from cop.sharing.documents.wishes import Grave
from cop.sharing.handlers.once import NotYet, keeping
from cop.sharing.models import Tombstone
from cop.sharing.outgoing.cities import greet, introduce
from cop.sharing.outgoing.relay import pass_on, pass_on_gone
from cop.sharing.peer_keys import keep_taken, take_announcement, withdraw_keys
from cop.sharing.queries import find_thing, is_held, is_quarantined, tombstone_of
from cop.sharing.services import pin_keys, remember_city, remember_versions
from cop.sharing.stores import SqlPeers
from federation.activities import VerifiedActivity
from federation.invitations import read_keys
from federation.origins import Origin
from federation.relay import check_proved, home_of
from federation.router import Router
from federation.versions import read_versions

Facts = dict[str, Any]


def register(router: Router) -> None:
    """Take everything of which the sender is the home."""
    for type_ in SCHEMAS:
        router.on("Create", type_)(keeping(_add))
        router.on("Update", type_)(keeping(_keep))
    router.on("Delete")(keeping(_forget))
    router.on("Announce", "Article")(keeping(_keep_relayed))
    router.on("Announce", "Tombstone")(keeping(_forget_relayed))


def _add(verified: VerifiedActivity) -> None:
    """Add a copy; what is known already stays as it is."""
    if find_thing(verified.activity.object_id or "") is None:
        _keep(verified)


def _keep(verified: VerifiedActivity) -> None:
    """Add our copy, or replace it if theirs has a higher revision and was not deleted."""
    activity = verified.activity
    if activity.object_type == "Application":
        _keep_city(read(activity.embedded, "Application"), verified.sender, verified.key_id)
    else:
        keep_document(activity.embedded, activity.object_type or "", sender=verified.sender)


def _keep_relayed(verified: VerifiedActivity) -> None:
    """Keep what another city passed on of a third one's; the inbox found it proved by its home."""
    activity = verified.activity
    home = home_of(activity, development=in_development())
    if is_held(home):  # it is read anew when that ends
        return
    keep_document(activity.embedded, "Article", sender=home, by=verified.sender)


def keep_document(document: Mapping[str, Any], type_: str, *, sender: str, by: str | None = None) -> None:
    """Keep a document of the sender's, if it is news; `by` names who passed it on.

    Raises:
        Forbidden: when the sender is not its home.
        NotYet: when it refers to something that isn't here.
        Refused: when it carries a proof that does not hold.
    """
    facts = read(document, type_)
    if facts.get("origin") != sender:
        raise Forbidden
    if "proof" in document:
        check_proved(document, home=Origin(sender), peers=SqlPeers(), at=now())
    if _may_live(facts["uri"], facts["rev"]):
        KEEPERS[type_](dict(facts))
        if type_ == "Article":
            pass_on(document, facts, sender=by or sender)


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


def _keep_city(facts: Facts, sender: str, key_id: str) -> None:
    """Keep how a city is shown and what it says about keys, in a request that it signed with the one named."""
    if facts["uri"] != f"{sender}/actor":
        raise Forbidden
    remember_city(sender, facts)
    remember_versions(sender, read_versions(facts["versions"]))
    withdraw_keys(sender, facts["revoked"])
    pin_keys(sender, read_keys(facts["methods"], origin=Origin(sender), development=in_development()))
    if facts["rotation"] is not None:
        take_announcement(sender, facts["rotation"], key_id=key_id)
    if keep_taken(sender, facts["pinned"]):
        introduce(sender)  # the new key vouches for the others
    greet(sender)


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


def _forget(verified: VerifiedActivity) -> None:
    """Forget what its home deleted, and see that it does not come back."""
    activity = verified.activity
    bury(activity.embedded or {"id": activity.object_id}, sender=verified.sender, by=verified.sender)


def _forget_relayed(verified: VerifiedActivity) -> None:
    """Forget what a third city deleted, as another one passed on; only a final Tombstone is."""
    home = home_of(verified.activity, development=in_development())
    if verified.activity.embedded.get("cop:hidden"):
        raise Forbidden
    if is_held(home):
        return
    bury(verified.activity.embedded, sender=home, by=verified.sender)


def bury(document: Mapping[str, Any], *, sender: str, by: str) -> None:
    """Forget what a Tombstone says is gone; `by` names who passed it on.

    Raises:
        Forbidden: when the sender is not its home.
    """
    said: Facts = Grave().load(document)
    uri, rev, hidden = said["uri"], said["rev"], said["hidden"]
    if is_quarantined(uri, rev):
        return
    thing = find_thing(uri)
    if thing is not None and thing.origin != sender:
        raise Forbidden
    if thing is not None and hidden and thing.rev > rev:
        return
    if thing is not None:
        _forget_copy(thing, sender)
    grave = tombstone_of(uri)
    if grave is None:
        grave = Tombstone(uri=uri, origin=sender, final=False, deleted_at=now())
        db.session.add(grave)
    grave.rev, grave.final = rev, grave.final or not hidden
    pass_on_gone(document, uri=uri, rev=rev, final=grave.final, sender=by)


def _forget_copy(thing: Community | Meeting | Topic | Assignment | Article, sender: str) -> None:
    match thing:
        case Community():
            communities.forget_copy(thing.uri, sender)
        case Meeting():
            meetings.forget_meeting(thing.uri, sender)
        case Topic():
            meetings.forget_topic(thing.uri, sender)
        case Assignment():
            rotation.forget_copy(thing.uri, sender)
        case Article():
            knowledge.forget_copy(thing.uri, sender)
