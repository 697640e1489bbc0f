# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What was received goes to the handlers: many activities in one transaction, and none suffers from another."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from federation.errors import Refused
from federation.keys import Purpose
from federation.ports import Intake, Peer, Peers, PinnedKey, Stored
from federation.router import Act, Router

#: Acts in one transaction: whoever writes meanwhile waits for no more.
MOST = 50

_log = logging.getLogger(__name__)


class Asked:
    """The cities and keys as they are now, each asked for once."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self._found: dict[str, Peer | None] = {}
        self._keys: dict[tuple[str, Purpose], PinnedKey | None] = {}

    def get(self, origin: str) -> Peer | None:
        """See `Peers.get`."""
        if origin not in self._found:
            self._found[origin] = self._peers.get(origin)
        return self._found[origin]

    def key(self, key_id: str, *, at: datetime, purpose: Purpose = Purpose.PEER) -> PinnedKey | None:
        """See `PinnedKeys.key`."""
        if (key_id, purpose) not in self._keys:
            self._keys[key_id, purpose] = self._peers.key(key_id, at=at, purpose=purpose)
        return self._keys[key_id, purpose]


@dataclass(frozen=True, slots=True)
class _Ready:
    """What was stored, and what it has us do."""

    stored: Stored
    act: Act


#: Makes an act of what was stored, with cities and keys as they are now.
Prepare = Callable[[Stored, Asked], Act]


class Turn:
    """Handles some of what was stored, in the order in which it came.

    A refusal is final. After any other exception, which is logged, an activity stays due, and those behind it go on.
    """

    def __init__(self, *, intake: Intake, peers: Peers, router: Router, prepare: Prepare) -> None:
        self._intake = intake
        self._peers = peers
        self._router = router
        self._prepare = prepare
        self._asked = Asked(peers)
        self._run: list[_Ready] = []
        self.settled = 0

    def handle(self, waiting: Sequence[Stored]) -> None:
        """Handle these; what can be done together is."""
        for stored in waiting:
            act = self._act(stored)
            if act is None:
                continue
            if act.alone or len(self._run) == MOST:
                self._perform_run()
            self._run.append(_Ready(stored, act))
            if act.alone:
                self._perform_run()
        self._perform_run()

    def _act(self, stored: Stored) -> Act | None:
        """Make ready what it has us do; None when that fails."""
        try:
            return self._prepare(stored, self._asked)
        except Exception as error:  # noqa: BLE001 - logged, and the others go on
            self._fail(stored, error)
        return None

    def _perform_run(self) -> None:
        run, self._run = self._run, []
        self._asked = Asked(self._peers)  # by now they may be others
        if run:
            self._perform(run)

    def _perform(self, run: Sequence[_Ready]) -> None:
        """Do these together; where that fails each half by itself, so that in the end who fails does so alone."""
        try:
            self._router.perform([ready.act for ready in run])
        except Exception as error:  # noqa: BLE001 - logged once it is alone, and the others go on
            if len(run) == 1:
                self._fail(run[0].stored, error)
                return
            middle = len(run) // 2
            self._perform(run[:middle])
            self._perform(run[middle:])
            return
        self._intake.processed([ready.stored for ready in run])
        self.settled += len(run)

    def _fail(self, stored: Stored, error: Exception) -> None:
        if isinstance(error, Refused):
            self._intake.processed([stored], error=error.code)
            self.settled += 1
            return
        _log.error("handling activity %s of %s broke", stored.id, stored.sender, exc_info=error)
        self._intake.failed(stored, error=type(error).__name__)
