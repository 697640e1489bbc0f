# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What machines watch: numbers about the worker and about each partner city, in OpenMetrics' text.

Never about people, and never what was said: cities, numbers and moments.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from cop.base.clock import now
from cop.base.db import db
from cop.base.lease import Lease
from cop.base.mail import Mail
from cop.sharing.models import ReceivedActivity
from cop.sharing.partners import Partner, partners

CONTENT_TYPE = CONTENT_TYPE_LATEST
#: name -> what it is, and how it is read from a partner city
OF_PEERS: Mapping[str, tuple[str, Callable[[Partner], float]]] = {
    "reihum_peer_active": ("1 while it is a partner city", lambda peer: peer.state == "active"),
    "reihum_peer_level_in": ("How far it is trusted, 0 to 4", lambda peer: peer.level_in),
    "reihum_peer_level_out": ("How far it is given what is ours, 0 to 4", lambda peer: peer.level_out),
    "reihum_peer_cursor_entry": ("The last entry of its log that is here", lambda peer: peer.cursor or 0),
    "reihum_peer_unread_entries": ("Entries of its log that are not here yet", lambda peer: peer.we_lag.entries),
    "reihum_peer_unread_minutes": ("For how long they are not here", lambda peer: peer.we_lag.minutes),
    "reihum_peer_waiting_entries": ("Entries that wait for it", lambda peer: peer.they_lag.entries),
    "reihum_peer_waiting_minutes": ("For how long they wait", lambda peer: peer.they_lag.minutes),
    "reihum_peer_failures": ("Failed attempts in a row", lambda peer: peer.failures),
    "reihum_peer_dead_letters": ("Entries that it refused for good", lambda peer: peer.refused),
    "reihum_peer_keys_to_compare": ("New keys that wait to be compared", lambda peer: peer.new_keys),
    "reihum_peer_quarantined": ("1 while something of it is in quarantine", lambda peer: bool(peer.hidden)),
    "reihum_peer_last_contact_seconds": (
        "When it last answered, as Unix time; 0 when it never did",
        lambda peer: peer.contacted_at.timestamp() if peer.contacted_at is not None else 0,
    ),
}
WORKER = "reihum_worker_running"
OLDEST = "reihum_received_waiting_seconds"
MAILS = "reihum_mails_waiting"


def exposition() -> bytes:
    """Write all numbers as they are now, in OpenMetrics' text; a registry of its own, so nothing is kept."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Numbers())
    text: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]
    return text


class _Numbers(Collector):
    """Collects the numbers of one look."""

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(WORKER, "1 while the worker runs", value=_worker_runs())
        yield GaugeMetricFamily(OLDEST, "How long the oldest message of a city waits to be handled", value=_waits())
        yield GaugeMetricFamily(MAILS, "Mails that have not left", value=_mails())
        cities = partners()
        for name, (what, read) in OF_PEERS.items():
            family = GaugeMetricFamily(name, what, labels=["peer"])
            for city in cities:
                family.add_metric([city.origin], float(read(city)))
            yield family


def _worker_runs() -> float:
    until = db.session.scalar(select(Lease.until).where(Lease.name == "worker"))
    return float(until is not None and until > now())


def _waits() -> float:
    due = (ReceivedActivity.due_at <= now(), ReceivedActivity.body.is_not(None))
    oldest: datetime | None = db.session.scalar(select(func.min(ReceivedActivity.received_at)).where(*due))
    return 0.0 if oldest is None else (now() - oldest).total_seconds()


def _mails() -> float:
    return float(db.session.scalar(select(func.count(Mail.id)).where(Mail.sent_at.is_(None))) or 0)
