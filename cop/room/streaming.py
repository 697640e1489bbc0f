# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What goes to everybody in the room when something happened: the parts of the page that it changes, rendered once."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from flask import render_template

from cop.base import live
from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.i18n import force_locale, locale
from cop.room import presence, queries
from cop.room.models import Room
from cop.room.rules.changes import Happening
from cop.room.services.timing import happen
from cop.room.services.writing import CHANNEL
from cop.room.showing import of_everybody
from cop.room.words import last_said

#: role -> the parts of its page
PARTS: Mapping[str, tuple[str, ...]] = {
    "member": ("phases", "queue", "now", "done"),
    "moderator": ("sheet", "queue", "now", "notes", "done"),
    "beamer": ("queue", "now"),
}
#: what happens often changes little; all else changes all parts
SMALL: Mapping[str, tuple[str, ...]] = {
    "dots_placed": ("voted",),
    "extension_voted": ("vote",),
    "takeaway_said": ("now",),
}


def channel_of(room_id: UUID) -> str:
    return f"{CHANNEL}:{room_id}"


def variant_of(role: str) -> str:
    """Return all that decides what somebody sees of what everybody sees."""
    return f"{locale()}:{role}"


def render(channel: str, variant: str, after: int) -> live.Change | None:
    """Return the parts that changed after an event, in one language for one role."""
    room = db.session.get(Room, UUID(channel.partition(":")[2]))
    if room is None:
        return None
    code, _, role = variant.partition(":")
    board = queries.board_of(room)
    happened = queries.happenings(room.id, after=after)
    if not happened and not presence.changed_lately(channel):
        return None
    with force_locale(code):
        facts = of_everybody(room, board, now())
        facts |= {"role": role, "mine": None, "token": "", "present": presence.number(channel)}
        names = [*parts(role, happened), "present"]
        html = [render_template(f"room/_{name}.html", **facts) for name in names]
        if said := last_said(happened, board):
            html.append(render_template("room/_said.html", said=said))
    return live.Change(board.number, "\n".join(html))


def parts(role: str, happened: Iterable[Happening]) -> list[str]:
    """Return which parts of a role's page these events change."""
    changed = {part for one in happened for part in SMALL.get(one.kind, PARTS[role])}
    if "now" in changed:
        changed -= {"voted", "vote"}  # both stand in it
    return [part for part in ("phases", "sheet", "queue", "now", "voted", "vote", "notes", "done") if part in changed]


def let_happen() -> None:
    """Do what is due in rooms: rounds that are over, votes that are over."""
    for room_id in queries.due_rooms(now()):
        with transaction():
            happen(db.session.get_one(Room, room_id))
