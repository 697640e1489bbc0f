# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the links are that an organiser pasted: plugins know."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from cop.base.errors import Invalid
from cop.base.i18n import N_
from cop.base.plugins import hook
from cop.base.text import one_line
from cop.meetings.rules import LINK_KINDS

log = logging.getLogger(__name__)


def recognised(urls: Iterable[str]) -> list[dict[str, str]]:
    """Return the links as they are stored: kind, label, url.

    Raises:
        Invalid: for a link that no plugin knows.
    """
    return [_recognised(url.strip()) for url in urls if url.strip()]


def _recognised(url: str) -> dict[str, str]:
    said = _ask(url) if url.isascii() else None
    if said is None or said.get("kind") not in LINK_KINDS:
        raise Invalid({"links": [N_("Please paste whole links that begin with https://, one a line.")]})
    return {"kind": str(said["kind"]), "label": one_line(str(said["label"]))[:100], "url": url}


def _ask(url: str) -> Mapping[str, Any] | None:
    try:
        found: Mapping[str, Any] | None = hook().recognise_link(url=url)
    except Exception:  # a plugin's failure must not become the organiser's
        log.exception("a plugin failed at a link")
        return None
    return found
