# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Signed-in browsers: opened, used, ended, forgotten."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update

from cop.accounts.logout_tokens import LoggedOut
from cop.accounts.models import Account, AdminInvitation, BrowserSession, LoginAttempt, LoginSession
from cop.accounts.rules import ATTEMPT_LIFETIME, IDLE, LONGEST, coarse
from cop.base.clock import now
from cop.base.db import db
from cop.base.errors import NotFound
from cop.base.i18n import N_


@dataclass(frozen=True, slots=True)
class EndedSession:
    """What the logout at the provider needs."""

    issuer: str
    id_token: str


def open_session(account_id: UUID, *, token_hash: str, device: str, id_token: str, sid: str = "") -> None:
    """Remember a signed-in browser; `sid` is how the provider calls the session."""
    db.session.add(
        LoginSession(
            account_id=account_id,
            token_hash=token_hash,
            device=device,
            id_token=id_token,
            sid=sid,
            started_at=now(),
            used_at=coarse(now()),
        )
    )


def touch_session(kind: type[BrowserSession], session_id: UUID) -> None:
    """Note that a session is in use, to five minutes."""
    db.session.execute(update(kind).where(kind.id == session_id).values(used_at=coarse(now())))


def end_session_by_hash(token_hash: str) -> EndedSession | None:
    """End the session of a cookie; None when there is none."""
    ended = db.session.execute(
        delete(LoginSession)
        .where(LoginSession.token_hash == token_hash)
        .returning(LoginSession.account_id, LoginSession.id_token)
    ).one_or_none()
    if ended is None:
        return None
    issuer = db.session.scalar(select(Account.issuer).where(Account.id == ended.account_id))
    return EndedSession(issuer or "", ended.id_token)


def end_session(account_id: UUID, session_id: UUID) -> None:
    """End one of somebody's own sessions.

    Raises:
        NotFound: when it is not theirs or over already.
    """
    ended = db.session.execute(
        delete(LoginSession)
        .where(LoginSession.id == session_id, LoginSession.account_id == account_id)
        .returning(LoginSession.id)
    ).one_or_none()
    if ended is None:
        raise NotFound(N_("This device is signed out already."))


def end_sessions_at(told: LoggedOut) -> int:
    """End what a provider says is over: one session of it, or all of somebody; return how many there were."""
    whose = [Account.issuer == told.issuer]
    if told.subject is not None:
        whose.append(Account.subject == told.subject)
    over: list[ColumnElement[bool]] = [LoginSession.account_id.in_(select(Account.id).where(*whose))]
    if told.sid is not None:
        over.append(LoginSession.sid == told.sid)
    ended = db.session.execute(delete(LoginSession).where(*over).returning(LoginSession.id))
    return len(ended.all())


def end_other_sessions(account_id: UUID, *, but: UUID) -> None:
    """End all of somebody's sessions but one."""
    db.session.execute(delete(LoginSession).where(LoginSession.account_id == account_id, LoginSession.id != but))


def forget_sessions_over(kind: type[BrowserSession]) -> None:
    """Delete sessions whose time has passed."""
    db.session.execute(delete(kind).where((kind.used_at <= now() - IDLE) | (kind.started_at <= now() - LONGEST)))


def forget_what_is_over() -> None:
    """Delete sessions, sign-ins and invitations whose time has passed."""
    forget_sessions_over(LoginSession)
    db.session.execute(delete(LoginAttempt).where(LoginAttempt.started_at <= now() - ATTEMPT_LIFETIME))
    db.session.execute(
        delete(AdminInvitation).where(AdminInvitation.used_by_id.is_(None), AdminInvitation.expires_at <= now())
    )
