# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Proofs: ours on what this city writes, and those of others on what somebody passes on."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import current_app

from cop.base.clock import now
from federation.keys import Purpose, SigningKey
from federation.proofs import prove

KEYS = "cop.sharing.keys"


def proved(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document of ours with our proof, so that it can be passed on."""
    keys: Callable[[], Mapping[Purpose, SigningKey]] = current_app.extensions[KEYS]
    return prove(document, key=keys()[Purpose.PROOF], at=now())
