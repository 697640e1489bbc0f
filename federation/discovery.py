# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What strangers and their programs may find out about a city: where its actor is, and what it runs.

Only written, never read: which links another city's documents hold decides nothing here, and none is followed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from federation.inbox import MEDIA_TYPE
from federation.origins import Origin
from federation.versions import write_versions

WEBFINGER = "/.well-known/webfinger"
NODEINFO_LINKS = "/.well-known/nodeinfo"
NODEINFO = "/nodeinfo/2.1"
JRD = "application/jrd+json"
_SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/2.1"
NODEINFO_TYPE = f'application/json; profile="{_SCHEMA}#"'
_APPLICATION = "https://www.w3.org/ns/activitystreams#Application"
_SERVICE = "https://www.w3.org/ns/activitystreams#Service"
#: FEP-844e: what this program implements, as far as it is built.
CAPABILITIES_CONTEXT = "https://w3id.org/fep/844e"
IMPLEMENTS = {
    "https://datatracker.ietf.org/doc/html/rfc9421": "RFC 9421: HTTP Message Signatures",
    "https://datatracker.ietf.org/doc/html/rfc9421#name-eddsa-using-curve-edwards255": "RFC 9421 using Ed25519",
    "https://datatracker.ietf.org/doc/html/rfc9530": "RFC 9530: Digest Fields",
    "https://w3id.org/fep/521a": "FEP-521a: Representing actor's public keys",
    "https://w3id.org/fep/2677": "FEP-2677: Identifying the Application Actor",
    "https://w3id.org/fep/8b32": "FEP-8b32: Object Integrity Proofs",
    "https://w3id.org/fep/844e": "FEP-844e: Capability discovery",
}


@dataclass(frozen=True, slots=True)
class Software:
    """The program a city runs."""

    name: str  # lower case, digits, hyphens
    version: str


def webfinger(resource: str, *, origin: Origin, username: str) -> dict[str, Any] | None:
    """Describe the city's actor (RFC 7033), asked for by its account, its id, or the origin (FEP-d556).

    None when it is about anything else: people and communities are not found this way.
    """
    actor, account = f"{origin}/actor", f"acct:{username}@{origin.partition('://')[2]}"
    if resource not in {account, actor, str(origin), f"{origin}/"}:
        return None
    link = {"type": MEDIA_TYPE, "href": actor}
    if resource in {account, actor}:
        return {"subject": account, "aliases": [actor], "links": [{"rel": "self", **link}]}
    return {"subject": f"{origin}/", "links": [{"rel": _SERVICE, **link}]}


def nodeinfo_links(origin: Origin) -> dict[str, Any]:
    """Say where NodeInfo is, and which actor stands for the city (FEP-2677)."""
    return {
        "links": [
            {"rel": _SCHEMA, "href": f"{origin}{NODEINFO}"},
            {"rel": _APPLICATION, "href": f"{origin}/actor"},
        ]
    }


def nodeinfo(software: Software) -> dict[str, Any]:
    """Say what a city runs (NodeInfo 2.1). How many people use it, and how much, is nobody's business."""
    return {
        "version": "2.1",
        "software": {"name": software.name, "version": software.version},
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": False,
        "usage": {"users": {}},
        "metadata": {"federation": {"versions": write_versions(), "peers": "by invitation"}},
    }


def introduced(actor: Mapping[str, Any], *, username: str, software: Software) -> dict[str, Any]:
    """Add to a city's actor document what strangers' programs look for: its account, and what it runs (FEP-844e)."""
    implements = [{"href": href, "name": name} for href, name in IMPLEMENTS.items()]
    generator = {"type": "Application", "name": f"{software.name} {software.version}", "implements": implements}
    context = [*actor["@context"], CAPABILITIES_CONTEXT]
    return {**actor, "@context": context, "preferredUsername": username, "generator": generator}
