# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What other cities say about things of theirs: keep our copy as they say, or forget it."""

from collections.abc import Callable, Mapping
from typing import Any

from cop.base.clock import now
from cop.base.db import db
from cop.base.errors import Forbidden
from cop.base.instance import in_development
from cop.communities import services as communities
from cop.communities.models import Community
from cop.knowledge import copies as knowledge
from cop.knowledge.models import Article
from cop.meetings import services as meetings
from cop.meetings.models import Meeting, Topic
from cop.rotation import services as rotation
from cop.rotation.models import Assignment
from cop.sharing.documents import SCHEMAS, read
from cop.sharing.documents.parts import schema_of
from cop.sharing.documents.wishes import Grave
from cop.sharing.handlers.news import News, read_news
from cop.sharing.handlers.once import keep_together, keeping
from cop.sharing.models import Tombstone
from cop.sharing.outgoing.cities import greet, introduce
from cop.sharing.outgoing.relay import pass_on_gone
from cop.sharing.peer_keys import keep_taken, take_announcement, withdraw_keys
from cop.sharing.queries import find_thing, is_held, is_quarantined, tombstone_of
from cop.sharing.services import pin_keys, remember_city, remember_versions
from federation.activities import VerifiedActivity
from federation.invitations import read_keys
from federation.origins import Origin
from federation.ports import PinnedKeys
from federation.relay import home_of
from federation.router import Act, Router
from federation.versions import read_versions

Facts = dict[str, Any]


def register(router: Router) -> None:
    """Take everything of which the sender is the home."""
    for type_ in SCHEMAS:
        if type_ != "Application":
            router.prepare_on("Create", type_)(_add)
            router.prepare_on("Update", type_)(_keep)
    router.on("Create", "Application")(_meet)
    router.on("Update", "Application")(_meet)
    router.prepare_on("Delete")(keeping(_forget))
    router.prepare_on("Announce", "Article")(_keep_relayed)
    router.prepare_on("Announce", "Tombstone")(keeping(_forget_relayed))


def _add(verified: VerifiedActivity, keys: PinnedKeys) -> Act:
    """Add a copy; what is known already stays as it is."""
    news = _news(verified, keys)
    return _act(verified, news, unless=lambda: find_thing(news.uri) is not None)


def _keep(verified: VerifiedActivity, keys: PinnedKeys) -> Act:
    """Add our copy, or replace it if theirs has a higher revision and was not deleted."""
    return _act(verified, _news(verified, keys), unless=lambda: False)


def _news(verified: VerifiedActivity, keys: PinnedKeys) -> News:
    activity = verified.activity
    return read_news(activity.embedded, activity.object_type or "", sender=verified.sender, keys=keys)


def _act(verified: VerifiedActivity, news: News, *, unless: Callable[[], bool]) -> Act:
    return Act(verified, lambda: None if unless() else news.keep(), about=news.about)


def _meet(verified: VerifiedActivity) -> None:
    """Keep how a city is shown; alone, since what comes next is checked with the keys that it names."""
    facts = read(verified.activity.embedded, "Application")
    keep_together([Act(verified, lambda: _keep_city(facts, verified.sender, verified.key_id))])


def _keep_relayed(verified: VerifiedActivity, keys: PinnedKeys) -> Act:
    """Keep what another city passed on of a third one's; the inbox found it proved by its home."""
    activity = verified.activity
    home = home_of(activity, development=in_development())
    news = read_news(activity.embedded, "Article", sender=home, keys=keys, by=verified.sender)
    return _act(verified, news, unless=lambda: is_held(home))  # it is read anew when that ends


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
    said: Facts = schema_of(Grave).load(document)
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
