# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the worker does for visits: tell visited cities what is over, and tidy."""

import logging
from dataclasses import dataclass
from http import HTTPStatus
from secrets import token_urlsafe
from uuid import UUID

from cop.accounts.logout_tokens import EVENT, TYPE
from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.instance import this_city
from cop.sharing.visiting import PartnerSilent, post_form
from cop.visits import queries, services, tokens
from cop.visits.models import VisitAbroad
from cop.visits.rules import BACK_CHANNEL, TOKEN_LIFETIME

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Over:
    """A visit whose city must be told, as a value: no transaction is open while it is."""

    id: UUID
    city: str
    sid: str
    member_uri: str


def tell_ended() -> None:
    """Tell visited cities whose visits are over; one that doesn't answer is asked again later, for all its visits."""
    over = [_as_value(visit) for visit in queries.visits_to_end()]
    db.session.rollback()
    silent: set[str] = set()
    for visit in over:
        heard = visit.city not in silent and _tell(visit)
        if not heard:
            silent.add(visit.city)
        with transaction():
            if heard:
                services.told(visit.id)
            else:
                services.try_again_later(visit.id)


def tidy() -> None:
    """Delete visits and codes whose time has passed."""
    with transaction():
        services.forget_what_is_over()


def _tell(visit: _Over) -> bool:
    """Send a logout token; tell whether there is nothing left to say: a no is an answer, too."""
    try:
        answer = post_form(visit.city, BACK_CHANNEL, {"logout_token": _logout_token(visit)})
    except PartnerSilent as silent:
        log.warning("end of a visit not told to %s: %s", visit.city, silent)
        return False
    if answer.status != HTTPStatus.OK:
        log.warning("end of a visit: %s answered %d", visit.city, answer.status)
    return answer.status < HTTPStatus.INTERNAL_SERVER_ERROR and answer.status != HTTPStatus.TOO_MANY_REQUESTS


def _logout_token(visit: _Over) -> str:
    """Say that a visit is over (OpenID Connect Back-Channel Logout 1.0, section 2.4)."""
    issued = int(now().timestamp())
    claims = {
        "iss": this_city().origin,
        "aud": visit.city,
        "sub": visit.member_uri,
        "sid": visit.sid,
        "iat": issued,
        "exp": issued + int(TOKEN_LIFETIME.total_seconds()),
        "jti": token_urlsafe(24),
        "events": {EVENT: {}},
    }
    return tokens.sign(claims, typ=TYPE)


def _as_value(visit: VisitAbroad) -> _Over:
    return _Over(visit.id, visit.city, visit.sid, visit.member_uri)
