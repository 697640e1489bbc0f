# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which cities get what, and how a city is shown before it says so itself."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

from cop.base.audience import SHOWN_TO_PEERS, Audience

#: trust levels, as the protocol numbers them
READ = 2
WORK = 3
#: when cities compare, in their own time
NIGHT = time(3)
#: never 15 to 40: that looks like an error
HUES = (262, 320, 95, 200, 150, 60, 230, 290)
_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa"})
_AROUND_NAMES = frozenset({"stadt", "landeshauptstadt", "landkreis", "kreis", "kommune", "gemeinde", "city", "of"})


#: activities of one matter undo or replace each other
_MATTERS = {
    "Create": "thing",
    "Update": "thing",
    "Delete": "thing",
    "Join": "part",
    "Leave": "part",
    "Like": "support",
    "Undo": "support",
    "Accept": "answer",
    "TentativeAccept": "answer",
    "Reject": "answer",
}


class Trust(StrEnum):
    """What administrators decided about a partner city."""

    INVITED = "invited"
    OFFERED = "offered"
    ASKED = "asked"
    CONFIRMED = "confirmed"
    CONNECTED = "connected"
    REFUSED = "refused"
    LEVELS = "levels"
    ENDED = "ended"
    PARTED = "parted"
    COPIES = "copies"
    KEY_PINNED = "key_pinned"
    KEY_ANNOUNCED = "key_announced"
    KEY_CONFIRMED = "key_confirmed"
    KEY_REFUSED = "key_refused"
    KEY_REVOKED = "key_revoked"
    KEY_WITHDRAWN = "key_withdrawn"
    OWN_KEY_MADE = "own_key_made"
    OWN_KEY_REVOKED = "own_key_revoked"
    OWN_KEY_TAKEN = "own_key_taken"
    REPLAYED = "replayed"
    DROPPED = "dropped"
    TAKEN_BACK = "taken_back"
    PAUSED = "paused"
    RESUMED = "resumed"
    SILENT = "silent"
    QUARANTINED = "quarantined"
    RELEASED = "released"
    QUARANTINE_DROPPED = "quarantine_dropped"


def receivers(
    audience: Audience, *, members: Collection[str], peers: Mapping[str, int], inside: bool = False
) -> set[str]:
    """Say which peers get a thing of a community.

    `community`: the member cities with which we work together (level 3).
    `peers` and `public`: those, and all peers that may read (level 2).
    `city`: nobody. What is inside a community (topics, turns) goes to the
    member cities only, whatever the audience of its meeting; where that is
    `city`, to nobody.

    Args:
        audience: of the thing, or of the meeting it belongs to.
        members: origins with active members in the community.
        peers: origin -> level, of the active peers.
        inside: whether it is what only members see.
    """
    if audience == Audience.CITY:
        return set()
    working = {origin for origin in members if peers.get(origin, 0) >= WORK}
    if inside or audience not in SHOWN_TO_PEERS:
        return working
    return working | {origin for origin, level in peers.items() if level >= READ}


def badge(name: str, origin: str) -> dict[str, Any]:
    """Make short name, letters and hue of a city from its name, until it says them itself.

    "Stadt Kassel" is Kassel, KA; "Aalborg Kommune" is Aalborg, AA. The hue follows from the origin, so that it stays.
    """
    words = [word for word in name.split() if word.strip(",").lower() not in _AROUND_NAMES]
    short = " ".join(words) or name
    letters = "".join(letter for letter in short if letter.isalpha())[:2].upper() or "?"
    return {"short": short[:100], "letters": letters, "hue": HUES[crc32(origin.encode()) % len(HUES)]}


def username(short: str) -> str:
    """Write a city's short name as that of its account: "Frankfurt (Oder)" is frankfurt-oder, "Köln" is koeln."""
    letters = unicodedata.normalize("NFKD", short.lower().translate(_LETTERS)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-") or "city"


def matter_of(type_: str, object_type: str | None) -> str | None:
    """Name what an activity is about, beside its object and actor: of two of one matter the later one counts.

    None for what stands alone: a proposal never replaces another one.

    Args:
        type_: of the activity.
        object_type: of its object, as it is written; None when the object is named by its id only.
    """
    if type_ != "Offer":
        return _MATTERS.get(type_)
    kind = object_type or ""
    if "cop:Topic" in kind:
        return None
    return "change" if kind in {"Update", "Delete"} else f"offer {kind}"


def next_night(at: datetime, zone: str) -> datetime:
    """Return the next three o'clock in the morning of a zone, in UTC.

    Args:
        at: aware.
        zone: as the IANA database names it.
    """
    here = at.astimezone(ZoneInfo(zone))
    tonight = datetime.combine(here.date(), NIGHT, tzinfo=here.tzinfo)
    night = tonight if tonight > here else tonight + timedelta(days=1)
    return night.astimezone(UTC)
