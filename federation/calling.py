# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Asking a peer: the request is signed, and only an answer that the peer signed for this very request is taken."""

from collections.abc import Collection
from typing import NewType

from federation.answers import verify_answer
from federation.errors import Refused, Unreachable, unauthenticated
from federation.inbox import MEDIA_TYPE
from federation.keys import Keyring
from federation.origins import Origin
from federation.ports import Answer, Clock, Peers, Request, Transport
from federation.signing import claimed_key_id, sign_request
from federation.versions import SPOKEN, highest_common

#: Why an answer is not taken, by what is wrong with its signature.
CODES = {
    "unknown_key": "answer_key",
    "signature": "answer_signature",
    "version": "answer_version",
    "digest": "answer_digest",
    "window": "answer_window",
    "nonce": "answer_nonce",
}

#: Only `Caller.ask` makes one: the type is the proof.
VerifiedAnswer = NewType("VerifiedAnswer", Answer)


class Unproved(Unreachable):
    """Something answered, and nothing proves that it was the peer: a proxy's error page, a captive portal, a forger.

    Args:
        code: `answer_unsigned`, or one of `CODES`.
        answer: what came, to be believed in nothing that can't be undone.
    """

    def __init__(self, code: str, detail: str, answer: Answer) -> None:
        super().__init__(code, detail)
        self.answer = answer


class Caller:
    """Asks peers for one city.

    Args:
        key: what we sign requests with.
        spoken: the majors of the protocol that we speak.
        peers: whose pinned keys answers are verified with.
    """

    def __init__(
        self,
        *,
        key: Keyring,
        peers: Peers,
        transport: Transport,
        clock: Clock,
        spoken: Collection[int] = SPOKEN,
    ) -> None:
        self._key = key
        self._peers = peers
        self._transport = transport
        self._clock = clock
        self._spoken = spoken

    def get(self, origin: Origin, path: str) -> VerifiedAnswer:
        """Ask a peer for a document; see `ask`."""
        return self.ask(origin, Request("GET", f"{origin}{path}", {"accept": MEDIA_TYPE}))

    def post(self, origin: Origin, path: str, body: bytes) -> VerifiedAnswer:
        """Send a peer a document; see `ask`."""
        return self.ask(origin, Request("POST", f"{origin}{path}", {"content-type": MEDIA_TYPE}, body))

    def ask(self, origin: Origin, request: Request) -> VerifiedAnswer:
        """Sign a request, send it, and return the answer once it is verified, whatever its status.

        Raises:
            Unreachable: when there is no answer, or no version that both cities speak.
            Unproved: when there is one that this peer did not sign for this request.
        """
        major = self._major(origin)
        signed = sign_request(request, key=self._key.for_peer(origin), at=self._clock(), major=major)
        answer = self._transport.send(signed)
        if answer.headers.keys().isdisjoint({"signature", "signature-input"}):
            raise Unproved("answer_unsigned", f"status {answer.status}", answer)
        try:
            self._verify(answer, signed, origin)
        except Refused as refusal:
            raise Unproved(CODES[refusal.code], refusal.detail, answer) from refusal
        return VerifiedAnswer(answer)

    def _major(self, origin: Origin) -> int:
        """Choose the version to speak: while there is one only, nothing needs to be looked up."""
        peer = self._peers.get(origin) if len(self._spoken) > 1 else None
        major = highest_common(peer.majors, ours=self._spoken) if peer is not None else min(self._spoken)
        if major is None:
            raise Unreachable("version", "no version of the protocol that both cities speak")
        return major

    def _verify(self, answer: Answer, request: Request, origin: Origin) -> None:
        at = self._clock()
        key_id = claimed_key_id(answer.headers)
        key = self._peers.key(key_id, at=at)
        if key is None or key.peer.origin != origin:
            raise unauthenticated("unknown_key", "not signed with a pinned key of this city")
        verify_answer(answer, request=request, public_key=key.public_key, key_id=key.key_id, at=at)
