# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The chain over a city's log: nothing said can be taken back, changed or left out unnoticed.

`c(n) = SHA-256(salt ‖ JCS(activity))`, `h(n) = SHA-256(h(n-1) ‖ c(n))`, `h(0)` is 32 zero bytes. Who may not see
an entry, or may no longer, gets `c(n)` alone: the salt keeps it from being guessed, and the chain closes all the same.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from federation.activities import JSON
from federation.canonical import canonical

HASH_LENGTH = 32
SALT_LENGTH = 16
START = bytes(HASH_LENGTH)


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as the chain sees it; `salt` and `activity` are both there, or both not."""

    seq: int
    commitment: bytes
    salt: bytes | None = None
    activity: JSON | None = field(default=None, repr=False)


class BrokenChain(Exception):  # noqa: N818 - what is found, not a fault of ours
    """A log is not what it was.

    Args:
        seq: the first entry that is not as it was, or is missing.
        what: `gap`, `content` or `hash`.
    """

    def __init__(self, seq: int, what: str) -> None:
        super().__init__(f"{what} at {seq}")
        self.seq = seq
        self.what = what


def new_salt() -> bytes:
    """Make the salt of one entry."""
    return secrets.token_bytes(SALT_LENGTH)


def commitment(salt: bytes, activity: JSON) -> bytes:
    """Commit to an activity without showing it."""
    return hashlib.sha256(salt + canonical(activity)).digest()


def link(previous: bytes, committed: bytes) -> bytes:
    """Append a commitment to the chain."""
    return hashlib.sha256(previous + committed).digest()


def follow(links: Iterable[Link], *, after: int, previous: bytes, shown: bool = True) -> bytes:
    """Check a stretch of a log and return the hash at its end.

    Each number follows the one before; what is shown is what was committed to.

    Args:
        links: in order.
        after: the number before the first of them.
        previous: the hash at that number.
        shown: whether to look at what is shown; needless where the commitments were made from it.

    Raises:
        BrokenChain: at the first entry that is missing or shows something else.
    """
    at, running = after, previous
    for each in links:
        at += 1
        if each.seq != at:
            raise BrokenChain(at, "gap")
        if shown and each.activity is not None and commitment(each.salt or b"", each.activity) != each.commitment:
            raise BrokenChain(at, "content")
        running = link(running, each.commitment)
    return running
