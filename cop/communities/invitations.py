# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Invitations: an address that lets people of this city in, also where nobody else sees the community.

It is signed, not stored: it ends after two weeks, and when who wrote it no longer coordinates.
"""

from datetime import timedelta
from uuid import UUID

from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer

from cop.base.errors import Forbidden, Problem
from cop.base.i18n import N_
from cop.communities.rules import Invitation, Membership
from cop.communities.services import require_coordinator

LIFETIME = timedelta(days=14)


def write_invitation(coordinator: Membership) -> str:
    """Return the secret part of an invitation's address."""
    return _serializer().dumps([coordinator.community_id.hex, coordinator.person_id.hex])


def read_invitation(token: str, community_id: UUID) -> Invitation:
    """Prove that a coordinator of this community invited whoever holds the token.

    Raises:
        Forbidden: when it is forged, for another community or too old, or when its author no longer coordinates.
    """
    try:
        community, author = (UUID(part) for part in _serializer().loads(token, max_age=int(LIFETIME.total_seconds())))
        if community == community_id:
            return Invitation(require_coordinator(community, author).community_id)
    except (BadSignature, Problem):
        pass
    raise Forbidden(N_("This invitation is no longer valid. Please ask for a new one."))


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="cop.communities.invitation")
