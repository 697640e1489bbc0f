# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""An administrator decides something about a partner city: who, about which, and back to its page."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from flask import redirect, url_for
from werkzeug.wrappers import Response

from cop.accounts.session import require_admin
from cop.base.db import get_or_404, transaction
from cop.sharing.models import PeerRecord


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decides about which city; origin and short name can be read after the transaction, too."""

    peer: PeerRecord
    origin: str
    short: str
    by: UUID


@contextmanager
def deciding(peer_id: UUID) -> Iterator[Decision]:
    """Decide about a city in one transaction.

    Raises:
        NotFound: when there is no such city.
    """
    by = require_admin().person_id
    with transaction():
        peer = get_or_404(PeerRecord, peer_id)
        yield Decision(peer, peer.origin, peer.short, by)


def back_to(peer_id: UUID, part: str | None = None) -> Response:
    """Lead back to the page of a city, to a part of it."""
    return redirect(url_for("sharing.manage", peer_id=peer_id, _anchor=part))
