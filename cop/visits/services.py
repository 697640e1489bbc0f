# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Visits: agreed to, begun and ended; on both sides."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, select, update

from cop.accounts.logout_tokens import LoggedOut
from cop.accounts.models import Person
from cop.accounts.rules import LONGEST, coarse
from cop.accounts.services import forget_sessions_over
from cop.base.clock import now
from cop.base.db import db
from cop.base.errors import NotFound
from cop.communities.models import MembershipRecord
from cop.visits.models import GuestSession, VisitAbroad, VisitCode, VisitConsent
from cop.visits.queries import has_consented, own_member, session_stands
from cop.visits.rules import CODE_LIFETIME

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=10)


# --- our people, elsewhere ---


def agree_to_visits(person_id: UUID, city: str) -> None:
    """Keep that somebody agreed; twice is once."""
    if not has_consented(person_id, city):
        db.session.add(VisitConsent(person_id=person_id, city=city, given_at=now()))


def take_consent_back(person_id: UUID, city: str) -> None:
    """Forget that somebody agreed, and end their visits there.

    Raises:
        NotFound: when they had not agreed.
    """
    mine = (VisitConsent.person_id == person_id, VisitConsent.city == city)
    if db.session.execute(delete(VisitConsent).where(*mine).returning(VisitConsent.id)).one_or_none() is None:
        raise NotFound
    theirs = select(MembershipRecord.uri).where(MembershipRecord.person_id == person_id)
    of_city = (VisitAbroad.city == city, VisitAbroad.member_uri.in_(theirs))
    db.session.execute(update(VisitAbroad).where(*of_city).values(ended_at=now()))
    db.session.execute(delete(VisitCode).where(VisitCode.city == city, VisitCode.member_uri.in_(theirs)))


@dataclass(frozen=True, slots=True)
class Going:
    """Somebody of ours on the way to a city: under which id, and the session here that it hangs on."""

    member_uri: str
    session_id: UUID


def keep_code(code_hash: str, going: Going, *, city: str, nonce: str, challenge: str) -> None:
    """Keep a code until it comes back from the visited city."""
    db.session.add(
        VisitCode(
            code_hash=code_hash,
            city=city,
            member_uri=going.member_uri,
            session_id=going.session_id,
            nonce=nonce,
            challenge=challenge,
            issued_at=now(),
        )
    )


def take_code(code_hash: str, *, city: str) -> VisitCode | None:
    """Take a code out of the table, for it holds once; None when it is unknown, another city's or too old."""
    found = db.session.scalar(select(VisitCode).where(VisitCode.code_hash == code_hash).with_for_update())
    if found is None:
        return None
    db.session.delete(found)
    db.session.flush()  # whoever comes at the same time finds none
    return found if found.city == city and now() - found.issued_at < CODE_LIFETIME else None


def begin_visit(code: VisitCode) -> str | None:
    """Remember a visit of ours, so that its end can be told; None when session or membership ended meanwhile."""
    if own_member(code.member_uri, city=code.city) is None or not session_stands(code.session_id):
        return None
    sid = str(uuid4())
    db.session.add(
        VisitAbroad(
            sid=sid, city=code.city, member_uri=code.member_uri, session_id=code.session_id, begun_at=now(), attempts=0
        )
    )
    return sid


def told(visit_id: UUID) -> None:
    """Forget a visit whose city knows that it is over, or has no more of it anyway."""
    db.session.execute(delete(VisitAbroad).where(VisitAbroad.id == visit_id))


def try_again_later(visit_id: UUID) -> None:
    """Let a visited city that did not answer wait: twice as long each time, and no longer than a session lasts."""
    visit = db.session.get(VisitAbroad, visit_id)
    if visit is None:
        return
    if visit.begun_at <= now() - LONGEST:
        db.session.delete(visit)
        return
    wait = min(FIRST_WAIT * 2 ** min(visit.attempts, 10), LONGEST_WAIT)
    visit.attempts, visit.next_try_at = visit.attempts + 1, now() + wait


# --- other cities' people, here ---


def receive_guest(record: MembershipRecord, *, token_hash: str, sid: str) -> None:
    """Open a session for a member of another city."""
    started = now()
    db.session.add(
        GuestSession(
            membership_id=record.id, token_hash=token_hash, sid=sid, started_at=started, used_at=coarse(started)
        )
    )


def end_guest(token_hash: str) -> None:
    """End the visit of a cookie, if there is one."""
    db.session.execute(delete(GuestSession).where(GuestSession.token_hash == token_hash))


def end_guests_of(told: LoggedOut) -> int:
    """End the visits that their city says are over: one, or all under a member's id; return how many there were."""
    of_city = select(MembershipRecord.id).join(Person, Person.id == MembershipRecord.person_id)
    of_city = of_city.where(Person.origin == told.issuer)
    if told.subject is not None:
        of_city = of_city.where(MembershipRecord.uri == told.subject)
    over: list[ColumnElement[bool]] = [GuestSession.membership_id.in_(of_city)]
    if told.sid is not None:
        over.append(GuestSession.sid == told.sid)
    return len(db.session.execute(delete(GuestSession).where(*over).returning(GuestSession.id)).all())


def forget_what_is_over() -> None:
    """Delete visits here and codes whose time has passed."""
    forget_sessions_over(GuestSession)
    db.session.execute(delete(VisitCode).where(VisitCode.issued_at <= now() - CODE_LIFETIME))
