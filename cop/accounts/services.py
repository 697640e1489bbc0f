# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What somebody can do with accounts and sessions."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from cop.accounts.events import AccountDeactivated, AdminAppointed
from cop.accounts.models import Account, AdminInvitation, LoginAttempt, LoginSession, Person
from cop.accounts.rules import IDLE, LONGEST, Identity, coarse
from cop.base.clock import now
from cop.base.db import db
from cop.base.errors import Conflict, Forbidden, NotFound
from cop.base.events import publish
from cop.base.i18n import LOCALES, N_
from cop.base.instance import this_city

ATTEMPT_LIFETIME = timedelta(minutes=10)
INVITATION_LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in that was begun: at which issuer, what must come back, and where it leads then."""

    issuer: str
    nonce: str
    verifier: str
    next_path: str


@dataclass(frozen=True, slots=True)
class EndedSession:
    """What the logout at the provider needs."""

    issuer: str
    id_token: str


def sign_in(identity: Identity) -> Account:
    """Find or make the account of somebody a provider vouches for; the key is (issuer, subject) alone.

    Name, organisation and unit follow the provider at each sign-in, and so
    does the administrators' role where the provider has a say in it.

    Raises:
        Forbidden: when the account is deactivated, or when a new one would
            carry the mail address of another.
    """
    account = _account_of(identity) or _new_account(identity)
    if account.deactivated_at is not None:
        raise Forbidden(N_("This account is deactivated. Please ask your city's administrators."))
    person = account.person
    person.display_name, person.organisation, person.unit = identity.name, identity.organisation, identity.unit
    account.email = identity.email
    if identity.admin is not None:
        account.is_admin = identity.admin or _was_invited(account.id)
    db.session.flush()  # the session's foreign key needs the row
    return account


def _account_of(identity: Identity) -> Account | None:
    return db.session.scalar(
        select(Account).where(Account.issuer == identity.issuer, Account.subject == identity.subject)
    )


def _new_account(identity: Identity) -> Account:
    if _mail_is_taken(identity):
        raise Forbidden(
            N_("There is an account with your mail address already. Please ask your city's administrators.")
        )
    person = Person(origin=this_city().origin, display_name=identity.name)
    account = Account(person=person, issuer=identity.issuer, subject=identity.subject)
    try:
        with db.session.begin_nested():
            db.session.add(account)
    except IntegrityError:
        # the same person came in by a second tab in this moment
        found = _account_of(identity)
        if found is None:
            raise
        return found
    return account


def _mail_is_taken(identity: Identity) -> bool:
    """Tell whether a new account would look like somebody else's.

    The mail address never leads to an account, but people read it as one. It
    is refused where the same provider gives it twice, and where it is an
    administrator's; elsewhere a guest's provider could lock others out.
    """
    if not identity.email:
        return False
    same = (
        func.lower(Account.email) == identity.email.lower(),
        Account.deactivated_at.is_(None),
        (Account.issuer == identity.issuer) | Account.is_admin,
    )
    return db.session.scalar(select(Account.id).where(*same).limit(1)) is not None


def _was_invited(account_id: UUID) -> bool:
    return (
        db.session.scalar(select(AdminInvitation.id).where(AdminInvitation.used_by_id == account_id).limit(1))
        is not None
    )


def open_session(account_id: UUID, *, token_hash: str, device: str, id_token: str) -> None:
    """Remember a signed-in browser."""
    db.session.add(
        LoginSession(
            account_id=account_id,
            token_hash=token_hash,
            device=device,
            id_token=id_token,
            started_at=now(),
            used_at=coarse(now()),
        )
    )


def touch_session(session_id: UUID) -> None:
    """Note that a session is in use, to five minutes."""
    db.session.execute(update(LoginSession).where(LoginSession.id == session_id).values(used_at=coarse(now())))


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


def end_other_sessions(account_id: UUID, *, but: UUID) -> None:
    """End all of somebody's sessions but one."""
    db.session.execute(delete(LoginSession).where(LoginSession.account_id == account_id, LoginSession.id != but))


def choose_language(person_id: UUID, locale: str) -> None:
    """Keep the language somebody chose.

    Raises:
        Conflict: when there is no such language.
    """
    if locale not in LOCALES:
        raise Conflict(N_("Reihum does not speak this language."))
    db.session.execute(update(Person).where(Person.id == person_id).values(locale=locale))


def remember_attempt(attempt: Attempt, *, state_hash: str, browser_hash: str) -> None:
    """Keep what must come back from the provider, bound to the browser that asked."""
    db.session.add(
        LoginAttempt(
            state_hash=state_hash,
            browser_hash=browser_hash,
            issuer=attempt.issuer,
            nonce=attempt.nonce,
            verifier=attempt.verifier,
            next_path=attempt.next_path,
            started_at=now(),
        )
    )


def take_attempt(*, state_hash: str, browser_hash: str) -> Attempt | None:
    """Take a sign-in out of the table, for it is answered once; None when unknown, another browser's or too old."""
    row = db.session.execute(
        delete(LoginAttempt)
        .where(LoginAttempt.state_hash == state_hash)
        .returning(
            LoginAttempt.issuer,
            LoginAttempt.nonce,
            LoginAttempt.verifier,
            LoginAttempt.next_path,
            LoginAttempt.browser_hash,
            LoginAttempt.started_at,
        )
    ).one_or_none()
    if row is None or row.browser_hash != browser_hash or now() - row.started_at >= ATTEMPT_LIFETIME:
        return None
    return Attempt(row.issuer, row.nonce, row.verifier, row.next_path)


def invite_admin(token_hash: str) -> None:
    """Keep an invitation to become an administrator; it holds for a day and for one person."""
    db.session.add(AdminInvitation(token_hash=token_hash, expires_at=now() + INVITATION_LIFETIME))


def accept_admin_invitation(account_id: UUID, token_hash: str) -> None:
    """Make somebody an administrator.

    Raises:
        NotFound: when the invitation is unknown, used or too old.
    """
    taken = db.session.execute(
        update(AdminInvitation)
        .where(
            AdminInvitation.token_hash == token_hash,
            AdminInvitation.used_by_id.is_(None),
            AdminInvitation.expires_at > now(),
        )
        .values(used_by_id=account_id)
        .returning(AdminInvitation.id)
    ).one_or_none()
    if taken is None:
        raise NotFound(N_("This invitation does not hold any more. Please ask for a new one."))
    db.session.execute(update(Account).where(Account.id == account_id).values(is_admin=True))
    publish(AdminAppointed(account_id))


def deactivate(account: Account) -> None:
    """Let an account sign in no more, and end its sessions.

    Raises:
        Conflict: when it is the last administrator.
    """
    if account.is_admin and not _other_admins(account):
        raise Conflict(N_("The last administrator can't be deactivated. Appoint another one first."))
    account.deactivated_at = now()
    db.session.execute(delete(LoginSession).where(LoginSession.account_id == account.id))
    publish(AccountDeactivated(account.id, account.person_id))


def _other_admins(account: Account) -> bool:
    others = select(Account.id).where(Account.is_admin, Account.id != account.id, Account.deactivated_at.is_(None))
    return db.session.scalar(others.limit(1)) is not None


def forget_what_is_over() -> None:
    """Delete sessions, sign-ins and invitations whose time has passed."""
    over = (LoginSession.used_at <= now() - IDLE) | (LoginSession.started_at <= now() - LONGEST)
    db.session.execute(delete(LoginSession).where(over))
    db.session.execute(delete(LoginAttempt).where(LoginAttempt.started_at <= now() - ATTEMPT_LIFETIME))
    db.session.execute(
        delete(AdminInvitation).where(AdminInvitation.used_by_id.is_(None), AdminInvitation.expires_at <= now())
    )


def remember_person(uri: str, origin: str, display_name: str, organisation: str = "") -> Person:
    """Add somebody of another city, or keep what their city says of them now.

    Raises:
        Forbidden: when the id belongs to another city, or to this one.
    """
    person = db.session.scalar(select(Person).where(Person.uri == uri))
    if origin == this_city().origin or (person is not None and person.origin != origin):
        raise Forbidden
    if person is None:
        person = Person(origin=origin, uri=uri, display_name=display_name, organisation=organisation)
        db.session.add(person)
        db.session.flush()  # what they did refers to them
    person.display_name, person.organisation = display_name, organisation
    return person
