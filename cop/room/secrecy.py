# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Ballots without names: their ids tell nothing to who has not the city's key."""

import hashlib
import hmac
from uuid import UUID

from flask import current_app


def ballot_id(round_id: UUID, person_id: UUID) -> UUID:
    """Return the id of a person's ballot in one round: the same each time, and another in each round."""
    key = str(current_app.secret_key).encode()
    return UUID(bytes=hmac.digest(key, b"ballot" + round_id.bytes + person_id.bytes, hashlib.sha256)[:16], version=4)
