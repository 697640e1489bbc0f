# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What it means to try one thing: whom, with what, and what is expected."""

from dataclasses import dataclass

from tests.conformance.tester import signature_fault
from tests.hostile.signing import Sealed

VERSION = "cop-fed/1"


class Failed(Exception):  # noqa: N818 - a result, not a fault of the test
    """The city does something else."""


@dataclass(frozen=True)
class Check:
    """One thing to try, under a heading."""

    section: str
    sentence: str
    run: object


@dataclass
class Trial:
    """Who tests whom: `keys` are the city's, as its actor document lists them."""

    tester: object
    wire: object
    keys: dict

    def send(self, draft):
        """Seal and send; return what was sent and the answer."""
        sealed = draft if isinstance(draft, Sealed) else draft.seal()
        return sealed, self.wire.send(sealed)

    def signed(self, draft, *, status, code=None):
        """Expect this answer, signed for this request."""
        sealed, reply = self.send(draft)
        require_answer(reply, status, code)
        if fault := signature_fault(reply, sealed, origin=self.wire.origin, keys=self.keys):
            raise Failed(f"{status}, but {fault}")
        return reply

    def unsigned(self, draft, *, status, code=None):
        """Expect this answer, and that no work was done for a stranger."""
        _, reply = self.send(draft)
        require_answer(reply, status, code)
        if "signature" in reply.headers:
            raise Failed(f"{status}, but signed for somebody who is not proved")
        return reply


def require_answer(reply, status, code):
    got = f"{reply.status} {reply.code or ''}".strip()
    statuses = status if isinstance(status, tuple) else (status,)
    if reply.status not in statuses or (code is not None and reply.code != code):
        raise Failed(f"expected {' or '.join(map(str, statuses))} {code or ''}, got {got}")


class Checks(list):
    """The checks of one part, in the order in which they are tried."""

    def check(self, section, sentence):
        """Put a function among them."""

        def register(run):
            self.append(Check(section, sentence, run))
            return run

        return register

    def table(self, section, rows, run):
        """Put one in for each row: sentence -> whatever `run` needs."""
        self.extend(Check(section, sentence, lambda trial, row=row: run(trial, *row)) for sentence, row in rows.items())
