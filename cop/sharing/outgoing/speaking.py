# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a transaction says to other cities, written as its last act.

Features publish events while they work; what follows from them is noted here
and worked out from the rows as they are at the end. So a topic that changes
three times is told once, and the log's counter is locked last.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from cop.base.db import db
from cop.base.instance import this_city
from cop.sharing.asked_once import nothing_changes
from cop.sharing.queries import peers_called
from cop.sharing.stores.log import Saying, SqlLog
from federation.activities import build_activity, new_activity_id
from federation.origins import Origin
from federation.ports import Peer
from federation.rules import may_hear

NOTED = "cop.sharing.noted"


Act = Callable[[], Iterable[Saying]]


def at_the_end(key: Hashable, act: Act, *, first: bool = False) -> None:
    """Work out what to say just before the commit; noted twice under one key, it is said once.

    `first` is for answers: whoever asked learns what came of it before it is told to all,
    so that a topic never stands there twice, as a wish and as a topic.
    """
    noted: dict[Hashable, Act] = db.session.info.setdefault(NOTED, {})
    later = {}
    if first and key not in noted:
        later = dict(noted)
        noted.clear()
    noted.setdefault(key, act)
    noted.update(later)


def actor() -> str:
    """Return the id of the city itself."""
    return f"{this_city().origin}/actor"


def activity(
    type_: str,
    object_: dict[str, Any] | str,
    *,
    by: str | None = None,
    target: str | None = None,
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Build an activity of this city, or of one of its members under their id in one community."""
    id_ = new_activity_id(Origin(this_city().origin))
    return build_activity(type_, id_=id_, actor=by or actor(), object_=object_, target=target, **(more or {}))


def init_speaking() -> None:
    """Listen to the session; twice is once."""
    if not event.contains(db.session, "before_commit", _speak):
        event.listen(db.session, "before_commit", _speak)
        event.listen(db.session, "after_soft_rollback", _forget)


def _speak(session: Session) -> None:
    if session.in_nested_transaction():
        return
    noted: dict[Hashable, Act] = session.info.get(NOTED, {})
    sayings: list[Saying] = []
    with nothing_changes(session):
        while noted:
            sayings.extend(noted.pop(next(iter(noted)))())
    if sayings:
        peers = peers_called({origin for saying in sayings for origin in saying.to})
        SqlLog().append_all([replace(saying, to=_hearers(saying, peers)) for saying in sayings])


def _hearers(saying: Saying, peers: Mapping[str, Peer]) -> list[Origin]:
    """Return the cities whose level allows to hear it, whoever it was meant for."""
    known = [peers[origin] for origin in sorted(saying.to) if origin in peers]
    return [peer.origin for peer in known if may_hear(saying.activity, peer)]


def _forget(session: Session, previous: SessionTransaction) -> None:
    if not previous.nested:
        session.info.pop(NOTED, None)
