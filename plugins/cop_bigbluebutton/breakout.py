# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""How BigBlueButton calls the tables of a breakout."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Breakout:
    """A table, from 1, beside a room that the server calls `parent` among its own: `<hash>-<when it was opened>`."""

    parent: str
    table: int

    @property
    def room(self) -> str:
        """The id by which people join.

        The server doesn't take ours for a breakout, but makes it of the
        parent's, when that was opened, and the sequence
        (`ParamsProcessorUtil.processCreateParams` of bbb-web).
        """
        return self._id(f"{self.parent}-{self._opened}-{self.table}")

    def as_parameters(self) -> dict[str, str]:
        """Return what `create` wants to know of a breakout; `meetingID` becomes the server's own id for it."""
        return {
            "meetingID": self._id(f"{self.parent}-{self.table}"),
            "isBreakout": "true",
            "parentMeetingID": self.parent,
            "sequence": str(self.table),
            "freeJoin": "true",
        }

    @property
    def _opened(self) -> str:
        return self.parent.rpartition("-")[2]

    def _id(self, of: str) -> str:
        return f"{hashlib.sha1(of.encode(), usedforsecurity=False).hexdigest()}-{self._opened}"
