# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What federation needs to remember, in this city's tables: its ports, one a file."""

from cop.sharing.stores.audit import SqlSecurityEvents
from cop.sharing.stores.deliveries import SqlDeliveries
from cop.sharing.stores.feed import SqlFeed
from cop.sharing.stores.holdings import SqlHoldings
from cop.sharing.stores.intake import SqlIntake
from cop.sharing.stores.invitations import SqlInvitations
from cop.sharing.stores.known import SqlKnown
from cop.sharing.stores.limit import Buckets
from cop.sharing.stores.log import SqlLog
from cop.sharing.stores.peers import SqlPeers
from cop.sharing.stores.readings import SqlReadings

__all__ = [
    "Buckets",
    "SqlDeliveries",
    "SqlFeed",
    "SqlHoldings",
    "SqlIntake",
    "SqlInvitations",
    "SqlKnown",
    "SqlLog",
    "SqlPeers",
    "SqlReadings",
    "SqlSecurityEvents",
]
