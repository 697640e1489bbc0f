# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Try whether a city speaks the protocol: `python -m tests.conformance --help`."""

import argparse
import http.client
import json
import sys
from pathlib import Path

from tests.conformance import meeting
from tests.conformance.checks import CHECKS
from tests.conformance.tester import Tester, read_invitation
from tests.conformance.trial import Failed, Trial
from tests.conformance.wire import Wire

ORIGIN = "https://conformance.example"


def run(url, *, invitation=None, origin=ORIGIN, state=None, confirm=None, wait=600, say=print, keep=False):
    """Run all checks against a city; return how many failed.

    Args:
        invitation: the text that its administrator made; none when the peering of `state` goes on.
        origin: the city we play; it is never asked anything.
        state: a file that keeps our key between two runs.
        confirm: called when the administrator's turn has come.
        wait: seconds to give the administrator.
        keep: whether the peering goes on afterwards.
    """
    wire = Wire(url)
    read = read_invitation(invitation) if invitation else None
    results = Results(say)
    results.take(meeting.discovery(wire, read), None)
    if state is not None and state.exists() and read is None:
        known = json.loads(state.read_text(encoding="utf-8"))
        tester = Tester(known["origin"], wire=wire, seed=bytes.fromhex(known["seed"]))
        trial, offer_id = Trial(tester, wire, meeting.keys_of(wire)), known["offer"]
    elif read is not None:
        tester = Tester(origin, wire=wire)
        trial, offer_id = Trial(tester, wire, meeting.keys_of(wire)), tester.id()
        if state is not None:
            meeting.remember(state, tester, offer_id)
        results.take(meeting.handshake(read, offer_id), trial)
        say(f"\n  Now confirm {tester.origin} at {wire.origin}; the checks go on by themselves.")
    else:
        say("\n  Without an invitation only this much can be seen.")
        return results.failed
    if confirm is not None:
        confirm(tester.origin)
    if not meeting.wait_until_peer(trial, wait):
        say("  It was not confirmed. Nothing more can be tried.")
        return results.failed + 1
    results.take(CHECKS, trial)
    if not keep:
        results.take(meeting.parting(offer_id), trial)
    say(f"\n{results.passed} as they should be, {results.failed} not")
    return results.failed


class Results:
    """Counts and says what came of the checks."""

    def __init__(self, say):
        self.say = say
        self.passed = self.failed = 0
        self.section = None

    def take(self, checks, trial):
        for check in checks:
            if check.section != self.section:
                self.section = check.section
                self.say(f"\n{check.section}")
            fault = _fault(check, trial)
            self.say(f"  {'✗' if fault else '✓'} {check.sentence}{f': {fault}' if fault else ''}")
            self.passed += not fault
            self.failed += bool(fault)


def _fault(check, trial):
    try:
        check.run(trial)
    except Failed as failure:
        return str(failure)
    except (OSError, http.client.HTTPException, LookupError, TypeError, ValueError) as failure:
        return f"the answer can't be read: {type(failure).__name__}: {failure}"
    return ""


def main():
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("url", help="the city's origin, https://kassel.example")
    parser.add_argument("--invitation", help="the text that its administrator made for this; - reads it from the input")
    parser.add_argument("--origin", default=ORIGIN, help="the city we play (%(default)s); it is never asked anything")
    parser.add_argument("--state", type=Path, help="keeps our key, so that a second run needs no invitation")
    parser.add_argument("--wait", type=int, default=600, help="seconds to give its administrator (%(default)s)")
    parser.add_argument("--keep", action="store_true", help="don't end the peering afterwards")
    told = parser.parse_args()
    text = sys.stdin.read() if told.invitation == "-" else told.invitation
    options = {"origin": told.origin, "state": told.state, "wait": told.wait, "keep": told.keep}
    return run(told.url, invitation=text, **options)


if __name__ == "__main__":
    sys.exit(min(main(), 1))
