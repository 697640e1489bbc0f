# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Proofs: ours on what this city writes, and those of others on what somebody passes on."""

from collections.abc import Mapping
from typing import Any

from cop.base.clock import now
from cop.sharing.keyring import keyring
from federation.keys import Purpose
from federation.proofs import prove


def proved(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document of ours with our proof, so that it can be passed on."""
    return prove(document, key=keyring().current()[Purpose.PROOF], at=now())
