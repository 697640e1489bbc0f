# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who comes in: the sign-in on its way, and the account it leads to."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from cop.accounts.models import Account, AdminInvitation, LoginAttempt, Person
from cop.accounts.rules import ATTEMPT_LIFETIME, Identity
from cop.base.clock import now
from cop.base.db import db
from cop.base.errors import Forbidden
from cop.base.i18n import N_
from cop.base.instance import this_city


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in that was begun: at which issuer, what must come back, and where it leads then."""

    issuer: str
    nonce: str
    verifier: str
    next_path: str


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
        # their own, made by a second tab in this moment
        (Account.issuer != identity.issuer) | (Account.subject != identity.subject),
    )
    return db.session.scalar(select(Account.id).where(*same).limit(1)) is not None


def _was_invited(account_id: UUID) -> bool:
    return (
        db.session.scalar(select(AdminInvitation.id).where(AdminInvitation.used_by_id == account_id).limit(1))
        is not None
    )


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
