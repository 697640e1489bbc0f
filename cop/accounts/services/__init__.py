# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What somebody can do with accounts and sessions; one file a subject."""

from cop.accounts.services.admins import accept_admin_invitation, deactivate, invite_admin, reactivate
from cop.accounts.services.people import choose_language, remember_person
from cop.accounts.services.sessions import (
    EndedSession,
    end_other_sessions,
    end_session,
    end_session_by_hash,
    end_sessions_at,
    forget_sessions_over,
    forget_what_is_over,
    open_session,
    touch_session,
)
from cop.accounts.services.signing_in import Attempt, remember_attempt, sign_in, take_attempt
from cop.accounts.services.spent import forget_spent_tokens, spend_token

__all__ = [
    "Attempt",
    "EndedSession",
    "accept_admin_invitation",
    "choose_language",
    "deactivate",
    "end_other_sessions",
    "end_session",
    "end_session_by_hash",
    "end_sessions_at",
    "forget_sessions_over",
    "forget_spent_tokens",
    "forget_what_is_over",
    "invite_admin",
    "open_session",
    "reactivate",
    "remember_attempt",
    "remember_person",
    "sign_in",
    "spend_token",
    "take_attempt",
    "touch_session",
]
