# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who may say what: the origin rule and the levels of trust. Pure but for what the host knows."""

from collections.abc import Mapping
from typing import Any

from federation.activities import JSON, Activity, object_type
from federation.errors import InvalidUrlError, Refused, bad, forbidden
from federation.origins import Origin, parse_object_id
from federation.ports import Known, Level, Peer, PeerState

#: What only the home of the object says.
OF_THE_HOME = frozenset({"Create", "Update", "Delete", "Move"})
#: Wishes about something the receiver holds.
WISHES = frozenset({"Join", "Leave", "Like"})
#: Answers to something the receiver sent.
ANSWERS = frozenset({"Accept", "Reject", "TentativeAccept"})

_LEVEL_OF_OBJECT = {
    "Application": Level.PUBLIC,
    "Event": Level.READ,
    "Article": Level.READ,
    "Group": Level.READ,
    "cop:ContactAd": Level.READ,
    "Tombstone": Level.READ,
    None: Level.READ,
}
_OF_PEERING = ANSWERS | {"Undo"}
_WORK = WISHES | ANSWERS | {"Undo", "Offer", "Remove"}


def level_needed(activity: Activity) -> Level:
    """Say from which level on a city takes this from another.

    Copies of events, articles, groups and contact ads: 2. Everything about people, topics and working together: 3.
    Passing on other cities' objects: 4. That a copy goes: 1. What this version does not know is kept from level 1 on,
    and ignored.
    """
    return _level_of(activity.type, activity.object_type)


def level_of_copies(object_type_: str) -> Level:
    """Say from which level on a city's objects of a type are kept here."""
    return _level_of("Update", object_type_)


def _level_of(type_: str, object_type_: str | None) -> Level:
    if type_ == "Delete":
        return Level.PUBLIC
    if type_ in OF_THE_HOME:
        return _LEVEL_OF_OBJECT.get(object_type_, Level.WORK)
    if type_ == "Announce":
        return Level.RELAY
    return Level.WORK if type_ in _WORK else Level.PUBLIC


def about_peering(activity: Activity, peer: Peer) -> bool:
    """Tell whether it is about the peering itself: the answer to the offer, or that it ends."""
    return _about_peering(activity.type, activity.object_id, peer)


def _about_peering(type_: str, object_id: str | None, peer: Peer) -> bool:
    return peer.offer_id is not None and object_id == peer.offer_id and type_ in _OF_PEERING


def check_level(activity: Activity, peer: Peer) -> None:
    """Refuse what this city may not do here; asked when it arrives, and again before it is handled.

    Only the answer to our own peering offer is taken from a city that is not an active peer, and that the peering ends
    at any level.

    Raises:
        Refused: 403.
    """
    if about_peering(activity, peer) and peer.state in {PeerState.OFFERED, PeerState.ACTIVE}:
        return
    if peer.state is not PeerState.ACTIVE:
        raise forbidden("not_peered", "no active peering with this city")
    if peer.level_in is Level.BLOCKED:
        raise forbidden("blocked", "this city is blocked")
    if not peer.may_do(level_needed(activity)):
        raise forbidden("level", f"needs level {level_needed(activity):d}")


def check_reader(peer: Peer, level: Level) -> None:
    """Refuse to show a city what needs a level of trust.

    Raises:
        Refused: 403.
    """
    if not peer.may_have(Level.PUBLIC):
        raise forbidden("not_peered", "no active peering with this city")
    if not peer.may_have(level):
        raise forbidden("level", f"needs level {level:d}")


def may_hear(activity: JSON, peer: Peer) -> bool:
    """Tell whether an activity of ours, as it is written down, may go to a city.

    That it has to forget something it hears at any level, and that the peering ends.
    """
    type_, object_ = activity["type"], activity["object"]
    if _about_peering(type_, object_ if isinstance(object_, str) else object_.get("id"), peer):
        return True
    if type_ == "Delete":
        return peer.state is PeerState.ACTIVE
    return peer.may_have(_level_of(type_, None if isinstance(object_, str) else object_type(object_)))


class OriginRule:
    """No city speaks for another, nor about what it can't know.

    Args:
        here: our own origin.
        known: what we hold.
        development: whether loopback peers are allowed.
    """

    def __init__(self, *, here: Origin, known: Known, development: bool = False) -> None:
        self._here = here
        self._known = known
        self._development = development

    def check(self, activity: Activity, peer: Peer) -> None:
        """Compare every id that matters with the sender that the signature proved.

        - Always: `actor` and `id` are the sender's.
        - Create, Update, Delete, Move: object and `attributedTo` too; `attributedTo` does not change.
        - Join, Leave, Like: the object is something we hold and the sender may see; while a Join of theirs is not
          handled yet, we don't know.
        - Undo: the object is an activity of the sender's that we received.
        - Accept, TentativeAccept, Reject: the object is an activity that we sent to them; a `result` is the sender's.
        - Offer: the target is something we hold; what is proposed has no id, or changes something we hold.
        - Remove: the target is the sender's.
        - Announce: nothing more; what is passed on stands by its proof alone (`relay`).
        - Anything else: nothing more, as it is ignored.

        Raises:
            Refused: 403; 425 while we don't know; 400 when a part is missing.
        """
        sender = peer.origin
        self._is_of(sender, activity.actor, "actor")
        self._is_of(sender, activity.id, "id")
        if activity.type in OF_THE_HOME:
            self._check_own_object(activity, sender)
        elif activity.type in WISHES:
            self._holds(_needed(activity.object_id, "object.id"), sender)
        elif activity.type in ANSWERS:
            self._check_answer(activity, peer)
        elif activity.type == "Undo":
            self._check_undo(_needed(activity.object_id, "object.id"), activity, peer)
        elif activity.type == "Offer":
            self._check_offer(activity, sender)
        elif activity.type == "Remove":
            self._is_of(sender, _needed(activity.target, "target"), "target")

    def _check_own_object(self, activity: Activity, sender: Origin) -> None:
        object_id = _needed(activity.object_id, "object.id")
        self._is_of(sender, object_id, "object.id")
        owner = activity.embedded.get("attributedTo")
        if owner is None:
            return
        self._is_of(sender, owner, "object.attributedTo")
        if activity.type != "Create" and self._known.attributed_to(object_id) not in {None, owner}:
            raise forbidden("owner", "the object belongs to somebody else")

    def _check_answer(self, activity: Activity, peer: Peer) -> None:
        object_id = _needed(activity.object_id, "object.id")
        self._is_of(self._here, object_id, "object.id")
        if object_id != peer.offer_id and not self._known.sent(object_id, to=peer.origin):
            raise forbidden("unknown_object", "answers something that was not asked of this city")
        result = activity.raw.get("result")
        if result is not None:
            document = result if isinstance(result, Mapping) else {"id": result}
            self._is_of(peer.origin, _needed(document.get("id"), "result.id"), "result.id")
            if document.get("attributedTo") is not None:
                self._is_of(peer.origin, document["attributedTo"], "result.attributedTo")

    def _check_undo(self, object_id: str, activity: Activity, peer: Peer) -> None:
        sender = peer.origin
        self._is_of(sender, object_id, "object.id")
        if activity.embedded.get("actor") is not None:
            self._is_of(sender, activity.embedded["actor"], "object.actor")
        if object_id != peer.offer_id and not self._known.received(object_id, sender=sender):
            raise forbidden("unknown_object", "undoes something that this city never did")

    def _check_offer(self, activity: Activity, sender: Origin) -> None:
        self._holds(_needed(activity.target, "target"), sender)
        if isinstance(activity.object, str):
            raise bad("shape", "object: the proposal itself")
        if activity.object_id is not None:
            raise forbidden("origin", "a proposal has no id yet")
        if activity.object_type in {"Update", "Delete"}:
            inner = activity.embedded.get("object")
            inner_id = inner.get("id") if isinstance(inner, Mapping) else inner
            self._holds(_needed(inner_id, "object.object.id"), sender)
        elif activity.embedded.get("attributedTo") is not None:
            self._is_of(sender, activity.embedded["attributedTo"], "object.attributedTo")

    def _holds(self, object_id: str, sender: Origin) -> None:
        self._parse(object_id, "object")
        if self._known.object(object_id, sender=sender):
            return
        if self._known.joining(sender):
            raise Refused("early", "about something that a Join before it may have to do with", 425)
        raise forbidden("unknown_object", "about something that is not known here")

    def _is_of(self, origin: Origin, text: Any, what: str) -> None:
        if not isinstance(text, str):
            raise bad("shape", f"{what}: one id")
        if self._parse(text, what) != origin:
            raise forbidden("origin", f"{what} is of another city")

    def _parse(self, text: str, what: str) -> Origin:
        try:
            return parse_object_id(text, development=self._development).origin
        except InvalidUrlError as error:
            raise forbidden("origin", f"{what}: {error}") from error


def _needed(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise bad("shape", f"{what}: one id")
    return value
