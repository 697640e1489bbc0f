# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Receipts of deletion in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from cop.base.i18n import N_, _, moment, ngettext, translated
from cop.sharing.letter_words import thing_words
from cop.sharing.models import DeliveryState
from cop.sharing.receipts import Receipt, Receipts
from cop.sharing.words import error_words

#: why a city has not taken it, by where its delivery is
WHY: Mapping[DeliveryState | None, str] = {
    DeliveryState.DUE: N_("It is on its way there."),
    DeliveryState.DROPPED: N_("An administrator here decided not to send it."),
    DeliveryState.FEED: N_("This city has been silent for long. It is told when it is back."),
    DeliveryState.ENDED: N_("The connection ended before. Please ask the city itself."),
    None: N_("The connection ended before. Please ask the city itself."),
}


@dataclass(frozen=True, slots=True)
class Gone:
    """A deleted thing as pages show it; `missing` are the cities with the reason."""

    name: str
    what: str
    when: str
    where: str
    taken: list[str]
    missing: list[tuple[str, str]]


def in_words(receipts: Receipts) -> Gone:
    """Say where a thing of ours is deleted too, and where not yet."""
    return Gone(
        name=receipts.uri.rpartition("/")[2],
        what=thing_words(receipts.former),
        when=moment(receipts.deleted_at),
        where=_where(receipts),
        taken=[receipt.city for receipt in receipts.cities if receipt.taken_at is not None],
        missing=[(receipt.city, why_missing(receipt)) for receipt in receipts.missing],
    )


def why_missing(receipt: Receipt) -> str:
    """Say why we don't know that a city has deleted it."""
    if receipt.state == DeliveryState.DEAD:
        return error_words(receipt.error)
    why = translated(WHY[receipt.state])
    return f"{why} {error_words(receipt.error)}" if receipt.state == DeliveryState.DUE and receipt.error else why


def _where(receipts: Receipts) -> str:
    every = len(receipts.cities)
    if not every:
        return _("No other city had it.")
    return ngettext(
        "Deleted at %(taken)s of %(num)s city", "Deleted at %(taken)s of %(num)s cities", every, taken=receipts.taken
    )
