# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Dead letters in words: what each says, and why it was refused."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cop.base.i18n import N_, _, moment, translated
from cop.base.instance import is_ours
from cop.sharing.letters import OVERTAKEN, Letter, letters
from cop.sharing.models import DeliveryState, PeerRecord
from cop.sharing.words import error_words

THINGS = {
    "Application": N_("How this city is shown"),
    "Article": N_("Article"),
    "Event": N_("Meeting"),
    "Group": N_("Community"),
    "cop:Assignment": N_("Turn"),
    "cop:Topic": N_("Topic"),
}
ACTS = {
    "Create": N_("%(thing)s, new"),
    "Update": N_("%(thing)s, changed"),
    "Delete": N_("%(thing)s, deleted"),
}
NAMED_ACTS = {
    "Create": N_("%(thing)s “%(title)s”, new"),
    "Update": N_("%(thing)s “%(title)s”, changed"),
    "Delete": N_("%(thing)s “%(title)s”, deleted"),
}
REQUESTS = {
    "Join": N_("A person here wants to join or to come"),
    "Leave": N_("A person here leaves or can't come"),
    "Like": N_("A person here supports a topic"),
    "Undo": N_("A person here takes support back"),
    "Offer": N_("A person here proposes or answers something"),
    "Accept": N_("Our yes to a request from there"),
    "TentativeAccept": N_("Our “has arrived” to a request from there"),
    "Reject": N_("Our no to a request from there"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A letter as the page shows it."""

    id: UUID
    what: str
    why: str
    when: str
    url: str
    overtaken: bool


def listed(peer: PeerRecord, state: DeliveryState) -> list[Row]:
    """Return the first letters of a city in one state, in words."""
    return [_row(letter) for letter in letters(peer, state)]


def what_words(letter: Letter) -> str:
    """Say what a letter says; a title only where everybody in the city may see it."""
    if letter.type not in ACTS:
        return translated(REQUESTS[letter.type]) if letter.type in REQUESTS else letter.type
    values: dict[str, Any] = {"thing": thing_words(letter.object_type), "title": letter.title}
    return translated((NAMED_ACTS if letter.title else ACTS)[letter.type], values)


def thing_words(type_: str) -> str:
    """Name a kind of thing, by its type as it is written; an unknown one as it is."""
    kind = next((name for name in THINGS if name in type_), "")
    return translated(THINGS[kind]) if kind else type_


def why_words(letter: Letter) -> str:
    """Say why it was refused, or why it is not sent."""
    if letter.overtaken or letter.error == OVERTAKEN:
        return _("A later one about the same has arrived, so it need not be sent.")
    return error_words(letter.error)


def _row(letter: Letter) -> Row:
    about_a_thing = letter.type in ACTS and letter.type != "Delete" and is_ours(letter.object_uri.partition("/o/")[0])
    return Row(
        id=letter.id,
        what=what_words(letter),
        why=why_words(letter),
        when=moment(letter.at),
        url=letter.object_uri if about_a_thing and "/o/" in letter.object_uri else "",
        overtaken=letter.overtaken,
    )
