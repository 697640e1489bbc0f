# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Federation's parts, put together for one app; one of each."""

import threading
from collections.abc import Mapping
from functools import cached_property

from flask import Flask, current_app

from cop.base.clock import now
from cop.base.db import in_transaction, transaction
from cop.settings import Settings
from cop.sharing.documents.check import faults
from cop.sharing.handlers import build_router
from cop.sharing.keyring import EXTENSION, OwnKeyring
from cop.sharing.keys import public_keys
from cop.sharing.services import remember_ourselves
from cop.sharing.stores import (
    Buckets,
    SqlDeliveries,
    SqlHoldings,
    SqlIntake,
    SqlInvitations,
    SqlKnown,
    SqlPeers,
    SqlReadings,
    SqlSecurityEvents,
)
from federation.calling import Caller
from federation.catchup import CatchUp
from federation.compare import Comparison
from federation.http import Egress
from federation.inbox import Inbox
from federation.invitations import City
from federation.keys import Purpose, SigningKey
from federation.origins import Origin
from federation.outbox import QUICK, Outbox, Schedule
from federation.peering import Peering
from federation.ports import Request
from federation.router import Router
from federation.signing import claimed_key_id

#: who answers within this is served among the quick ones
QUICK_S = 2.0


class Hub:
    """What one app receives with, sends with and peers with.

    The key is made or read when it is first needed: an app is also built to
    make the tables.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.RLock()
        self._remembered = False
        self.keyring = OwnKeyring(settings.secret_key)
        self.limit = Buckets(now)
        self.deliveries = SqlDeliveries()
        self.readings = SqlReadings()
        self.transport = Egress(development=settings.development)
        self.inbox = Inbox(
            origin=Origin(settings.origin),
            peers=SqlPeers(),
            intake=SqlIntake(),
            known=SqlKnown(),
            limit=self.limit,
            events=SqlSecurityEvents(),
            clock=now,
            schema=faults,
            development=settings.development,
        )

    @property
    def keys(self) -> Mapping[Purpose, SigningKey]:
        """The newest key for each purpose. Processes ask for them when they start."""
        with self._lock:
            keys = self.keyring.current()
            if not self._remembered and not in_transaction():
                with transaction():
                    remember_ourselves()
                self._remembered = True
            return keys

    def key_for(self, request: Request) -> SigningKey:
        """Return the key to answer a verified request with: one that the city which asked knows."""
        return self.keyring.for_peer(Origin(claimed_key_id(request.headers).partition("/actor#")[0]))

    @property
    def city(self) -> City:
        """What this city says of itself before it has a peer."""
        newest = self.keys  # made when they are first needed
        return City(Origin(self._settings.origin), self._settings.city_name, public_keys() if newest else {})

    @property
    def peering(self) -> Peering:
        """The handshake, with the keys as they are now."""
        return Peering(
            city=self.city,
            key=self.keyring,
            peers=SqlPeers(),
            invitations=SqlInvitations(),
            transport=self.transport,
            limit=self.limit,
            events=SqlSecurityEvents(),
            clock=now,
            development=self._settings.development,
        )

    @cached_property
    def caller(self) -> Caller:
        """Asks peers, signed, and takes signed answers only."""
        return Caller(key=self.keyring, peers=SqlPeers(), transport=self.transport, clock=now)

    @cached_property
    def outbox(self) -> Outbox:
        """The way out; on one machine somebody is watching, so it tries again soon."""
        hasty = self.transport.within(QUICK_S)
        return Outbox(
            deliveries=self.deliveries,
            caller=self.caller,
            quick=Caller(key=self.keyring, peers=SqlPeers(), transport=hasty, clock=now),
            clock=now,
            schedule=QUICK if self._settings.development else Schedule(),
        )

    @cached_property
    def catch_up(self) -> CatchUp:
        """The way to what we missed."""
        return CatchUp(
            ask=self.caller.get,
            inbox=self.inbox,
            readings=self.readings,
            known=SqlKnown(),
            events=SqlSecurityEvents(),
            clock=now,
            schedule=QUICK if self._settings.development else Schedule(),
        )

    @cached_property
    def comparison(self) -> Comparison:
        """The way to what differs."""
        return Comparison(ask=self.caller.get, holdings=SqlHoldings(), readings=self.readings, catch_up=self.catch_up)

    @cached_property
    def router(self) -> Router:
        """Who takes which activity."""
        return build_router(self.peering)


def init_hub(app: Flask, settings: Settings) -> Hub:
    """Give an app its hub."""
    found = Hub(settings)
    app.extensions["cop.sharing"] = found
    app.extensions[EXTENSION] = found.keyring
    return found


def hub() -> Hub:
    """Return the hub of this app."""
    found: Hub = current_app.extensions["cop.sharing"]
    return found
