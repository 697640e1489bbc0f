# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The part of the audit log that is about peers."""

from datetime import timedelta

from sqlalchemy import select

from cop.base.db import db, transaction
from cop.sharing.models import SecurityEventRecord
from federation.ports import SecurityEvent

#: the same refusal of a stranger is written down once in this time
QUIET = timedelta(seconds=10)
LONGEST_DETAIL = 300
LONGEST_ID = 1000


class SqlSecurityEvents:
    """See `federation.ports.SecurityEvents`."""

    def record(self, event: SecurityEvent) -> None:
        """Write it down; repetitions of the same code from an unknown sender once."""
        if event.sender is None and self._noted(event):
            return
        with transaction():
            db.session.add(
                SecurityEventRecord(
                    code=event.code,
                    detail=event.detail[:LONGEST_DETAIL],
                    at=event.at,
                    sender=event.sender,
                    key_id=event.key_id[:LONGEST_ID] if event.key_id else None,
                    activity_id=event.activity_id[:LONGEST_ID] if event.activity_id else None,
                )
            )

    def _noted(self, event: SecurityEvent) -> bool:
        return (
            db.session.scalar(
                select(SecurityEventRecord.id)
                .where(
                    SecurityEventRecord.code == event.code,
                    SecurityEventRecord.sender.is_(None),
                    SecurityEventRecord.at > event.at - QUIET,
                )
                .limit(1)
            )
            is not None
        )
