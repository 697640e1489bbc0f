# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Communities in words: what kinds, ways to join and audiences are called on pages."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from cop.base.audience import Audience
from cop.base.clock import now
from cop.base.i18n import LOCALES, N_, _, locale, translated
from cop.communities.models import Community, JoinMode, Kind, MembershipRecord

KINDS: dict[Kind, str] = {
    Kind.COP: N_("Community of practice"),
    Kind.COI: N_("Community of interest"),
    Kind.LEADER_NETWORK: N_("Leaders' network"),
    Kind.FORUM: N_("Forum"),
    Kind.SUBGROUP: N_("Subgroup"),
    Kind.CIRCLE: N_("Circle"),
}
JOINING: dict[JoinMode, tuple[str, str]] = {
    JoinMode.OPEN: (N_("Everybody who sees it"), N_("Who wants to join is a member at once.")),
    JoinMode.REQUEST: (N_("On request"), N_("A coordinator answers each request.")),
    JoinMode.INVITE: (N_("By invitation"), N_("Nobody can ask to join.")),
}
EMPTY: dict[str, Any] = {
    "kind": Kind.COP,
    "name": "",
    "domain": "",
    "rhythm": "",
    "locale": "",
    "visibility": Audience.PEERS,
    "join_mode": JoinMode.REQUEST,
    "purpose": "",
    "goals": "",
    "success_criteria": "",
    "ground_rules": "",
}
LISTS = ("goals", "success_criteria", "ground_rules")


def kind_options() -> list[tuple[str, str]]:
    return [(kind.value, translated(words)) for kind, words in KINDS.items()]


def joining_options() -> list[tuple[str, str, str]]:
    return [(mode.value, translated(words), translated(hint)) for mode, (words, hint) in JOINING.items()]


def locale_options() -> list[tuple[str, str]]:
    return list(LOCALES.items())


def facts_of(community: Community) -> list[tuple[str, str]]:
    """Return what the charter's page says beside the charter."""
    founded = community.founded_on
    facts = [
        (_("Kind"), translated(KINDS[Kind(community.kind)])),
        (_("Who can join"), translated(JOINING[JoinMode(community.join_mode)][0])),
        (_("Language"), LOCALES.get(community.locale, community.locale)),
    ]
    return [*facts, (_("Founded"), f"{founded.year}")] if founded is not None else facts


def form_values(community: Community | None) -> dict[str, Any]:
    """Return what the form of a community shows at first."""
    if community is None:
        return EMPTY | {"locale": locale()}
    values = {name: getattr(community, name) for name in EMPTY if hasattr(community, name)}
    if community.charter is not None:
        values["purpose"] = community.charter.purpose
        values |= {name: "\n".join(getattr(community.charter, name)) for name in LISTS}
    return EMPTY | values


def shuffled(records: Iterable[MembershipRecord]) -> list[MembershipRecord]:
    """Order people by chance, but all day alike: a list of people is no ranking."""
    today = now().date().isoformat()
    return sorted(records, key=lambda record: sha256(f"{today} {record.person_id}".encode()).digest())
