# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who administers this city, and who may sign in no more."""

from uuid import UUID

from sqlalchemy import delete, select, update

from cop.accounts.models import Account, AdminInvitation, LoginSession
from cop.accounts.rules import INVITATION_LIFETIME
from cop.base.clock import now
from cop.base.db import db
from cop.base.errors import Conflict, NotFound
from cop.base.i18n import N_


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


def deactivate(account: Account) -> None:
    """Let an account sign in no more, and end its sessions.

    Raises:
        Conflict: when it is the last administrator.
    """
    if account.is_admin and not _other_admins(account):
        raise Conflict(N_("The last administrator can't be deactivated. Appoint another one first."))
    account.deactivated_at = now()
    db.session.execute(delete(LoginSession).where(LoginSession.account_id == account.id))


def reactivate(account: Account) -> None:
    """Let an account sign in again."""
    account.deactivated_at = None


def _other_admins(account: Account) -> bool:
    others = select(Account.id).where(Account.is_admin, Account.id != account.id, Account.deactivated_at.is_(None))
    return db.session.scalar(others.limit(1)) is not None
