# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What visits need to know of a partnership: how far a city is trusted, its keys and ours, and the way there."""

from dataclasses import dataclass
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, and_, exists, select

from cop.base.clock import now
from cop.base.db import db
from cop.sharing.hub import hub
from cop.sharing.keys import public_keys
from cop.sharing.models import PeerRecord, Quarantine
from cop.sharing.rules import WORK
from cop.sharing.stores import SqlPeers
from federation.errors import Unreachable
from federation.keys import Purpose, is_for, to_pem
from federation.ports import PeerState, Request

FORM = "application/x-www-form-urlencoded"


class PartnerSilent(Exception):  # noqa: N818  said as it is
    """A city didn't answer; the text is for the log."""


@dataclass(frozen=True, slots=True)
class PartnerKey:
    """A key that a city signs with in matters of visits: raw Ed25519, 32 bytes."""

    origin: str
    key_id: str
    public: bytes


@dataclass(frozen=True, slots=True)
class PartnerAnswer:
    """What a city answered."""

    status: int
    body: bytes


def our_people_may_visit(origin: str) -> bool:
    """Tell whether a city is a partner to which we send and show what level 3 has: our people, too."""
    return _is_partner(origin, receives_our_people())


def its_people_may_visit(origin: str) -> bool:
    """Tell whether a city is a partner that may do here what level 3 has: send its people, too.

    Not while what comes from it waits in quarantine: whoever has its keys could send anybody.
    """
    return _is_partner(origin, sends_us_people())


def sends_us_people() -> ColumnElement[bool]:
    """Return the condition under which the people of a `PeerRecord` may visit us; as `its_people_may_visit`."""
    held = exists().where(Quarantine.peer_id == PeerRecord.id, Quarantine.holds)
    return and_(PeerRecord.state == PeerState.ACTIVE, PeerRecord.level_in >= WORK, ~held)


def receives_our_people() -> ColumnElement[bool]:
    """Return the condition under which our people may visit a `PeerRecord`; as `our_people_may_visit`."""
    return and_(PeerRecord.state == PeerState.ACTIVE, PeerRecord.level_out >= WORK)


def _is_partner(origin: str, that: ColumnElement[bool]) -> bool:
    return db.session.scalar(select(PeerRecord.id).where(PeerRecord.origin == origin, that)) is not None


def partner_key(key_id: str) -> PartnerKey | None:
    """Return a pinned key for visits that is believed now; None for any other, also for one for requests."""
    pinned = SqlPeers().key(key_id, at=now(), purpose=Purpose.OIDC)
    return None if pinned is None else PartnerKey(pinned.peer.origin, key_id, pinned.public_key)


def own_visit_key() -> tuple[str, bytes]:
    """Return our newest key for visits: its id, and its secret half as PKCS #8 in PEM."""
    key = hub().keys[Purpose.OIDC]
    return key.key_id, to_pem(key)


def own_visit_keys() -> dict[str, bytes]:
    """Return our keys for visits that others may still meet, newest first: key id → raw public key."""
    return {key_id: public for key_id, public in public_keys().items() if is_for(key_id, Purpose.OIDC)}


def post_form(origin: str, path: str, fields: dict[str, str]) -> PartnerAnswer:
    """Send a form to a partner city, by the only way out to others; no transaction may be open.

    Raises:
        PartnerSilent: when there is no answer in time, or none that may be read.
    """
    headers = {"content-type": FORM, "accept": "application/json"}
    try:
        answer = hub().transport.send(Request("POST", f"{origin}{path}", headers, urlencode(fields).encode()))
    except Unreachable as silent:
        raise PartnerSilent(silent.code) from silent
    return PartnerAnswer(answer.status, answer.body)
