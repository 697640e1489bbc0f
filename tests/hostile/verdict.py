# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What must be true around a hostile request: each word of an `assert` in the catalogue has one check here."""

from cop.sharing.models import ReceivedActivity
from tests.hostile.instance import BOOKKEEPING


def refused(reply):
    """Status and code of a refusal."""
    return reply.status, reply.code


class Verdict:
    """Takes the state before, the answers, and judges afterwards.

    Args:
        checks: further words of `assert` -> a function of this verdict that asserts.
    """

    def __init__(self, live, case, *, checks=None):
        self.live = live
        self.case = case
        self.replies = []
        self._checks = CHECKS | (checks or {})
        self._watch = live.watched()

    def __enter__(self):
        self.live.forget_security_events()
        self.live.come_to_rest()
        self.before = self.live.digest()
        self.received_before = self.live.count(ReceivedActivity)
        self.business_before = self.live.digest(but=BOOKKEEPING)
        self.connections = self._watch.__enter__()
        return self

    def take(self, reply):
        self.replies.append(reply)

    def __exit__(self, kind, *rest):
        self._watch.__exit__(kind, *rest)
        if kind is None:
            self._judge()

    def _judge(self):
        assert self.replies, "nothing was tried"
        statuses = [reply.status for reply in self.replies]
        assert not self.case.http or set(statuses) <= set(self.case.http), (statuses, self.replies[-1].body)
        assert all(status < 500 for status in statuses), statuses
        assert self.connections == []
        unknown = [word for word in self.case.asserts if word not in self._checks]
        assert unknown == [], f"nobody checks {unknown}"
        for word in self.case.asserts:
            self._checks[word](self)

    @property
    def accepted(self):
        return all(reply.status == 202 for reply in self.replies)


def _nothing_changed(verdict):
    """What was refused left nothing but its note; what was taken and ignored left nothing that anybody sees."""
    if verdict.accepted:
        assert verdict.live.digest(but=BOOKKEEPING) == verdict.business_before
    else:
        assert verdict.live.digest() == verdict.before


def _noted(verdict):
    assert verdict.live.security_events() != []


def _exactly_once(verdict):
    assert verdict.live.digest(but=BOOKKEEPING) == verdict.business_before
    assert verdict.live.security_events() == ["replay"] * len(verdict.replies)


def _one_more_received(verdict):
    assert verdict.live.count(ReceivedActivity) == verdict.received_before + len(verdict.replies)


CHECKS = {
    "no_state_change": _nothing_changed,
    "audit:security_event": _noted,
    "admin_notice": _noted,
    "no_outbound_request": lambda verdict: None,  # asserted of every case
    "no_5xx": lambda verdict: None,  # asserted of every case
    "effects_exactly_once": _exactly_once,
    "accepted_once": _one_more_received,
    "time_s<1": lambda verdict: verdict.replies[-1].seconds < 1,
}
