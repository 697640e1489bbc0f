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
from cop.base.errors import Invalid
from cop.base.i18n import N_
from cop.sharing.models import PeerRecord

SURE = N_("To delete for good, write the name of the city as it stands here.")


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


def check_named(peer_id: UUID, name: str, *, field: str) -> None:
    """Make sure that what is for good was meant: the city is named once more.

    Raises:
        Invalid: when it was not.
        NotFound: when there is no such city.
    """
    if name.casefold() != get_or_404(PeerRecord, peer_id).short.casefold():
        raise Invalid({field: [SURE]})


def back_to(peer_id: UUID, part: str | None = None) -> Response:
    """Lead back to the page of a city, to a part of it."""
    return redirect(url_for("sharing.manage", peer_id=peer_id, _anchor=part))
