# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Partner cities, what was said to them and what they said: facts only."""

from cop.sharing.models.heard import Nonce, PeerReading, ProvedCopy, ReceivedActivity, RemoteJoin, ShelvedRow, Tombstone
from cop.sharing.models.peers import (
    Copies,
    InvitationRecord,
    OwnKey,
    PeerKey,
    PeerRecord,
    SecurityEventRecord,
    TrustEvent,
)
from cop.sharing.models.quarantines import Quarantine, QuarantinedThing, Stage
from cop.sharing.models.said import (
    DeliveryRecord,
    DeliveryState,
    LogCounter,
    LogEntry,
    LogEpoch,
    PeerReceipt,
    SentRequest,
    ShownObject,
)

__all__ = [
    "Copies",
    "DeliveryRecord",
    "DeliveryState",
    "InvitationRecord",
    "LogCounter",
    "LogEntry",
    "LogEpoch",
    "Nonce",
    "OwnKey",
    "PeerKey",
    "PeerReading",
    "PeerReceipt",
    "PeerRecord",
    "ProvedCopy",
    "Quarantine",
    "QuarantinedThing",
    "ReceivedActivity",
    "RemoteJoin",
    "SecurityEventRecord",
    "SentRequest",
    "ShelvedRow",
    "ShownObject",
    "Stage",
    "Tombstone",
    "TrustEvent",
]
