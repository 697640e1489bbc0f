# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Signed answers: RFC 9421, section 2.4, bound to the request that they answer.

An answer covers the method, the target and the signature of its request, and so its nonce: it fits no other request and
can't be played again.
"""

from datetime import datetime

from federation.keys import SigningKey
from federation.message_signatures import LABEL, bytes_item, sign_components, signature_of, verify_components
from federation.ports import Answer, Request
from federation.signing import Signed, check_digest, check_parameters, claimed_tag, content_digest


def sign_answer(answer: Answer, *, request: Request, key: SigningKey, at: datetime) -> Answer:
    """Sign the answer to a request whose signature was verified, in the version in which it was asked.

    It must say its content type, also when its body is empty. Returned is the same answer with the headers to send.
    """
    headers = {**answer.headers, "content-digest": content_digest(answer.body)}
    complete = Answer(answer.status, headers, answer.body)
    sealed = sign_components(_covered(complete, request), key=key, at=at, tag=claimed_tag(request.headers))
    return Answer(answer.status, headers | sealed, answer.body)


def verify_answer(answer: Answer, *, request: Request, public_key: bytes, key_id: str, at: datetime) -> Signed:
    """Verify an answer with a pinned key of the city that was asked.

    It covers exactly what this protocol covers; label, tag, parameters and window are those of requests.

    Args:
        answer: as it came.
        request: as it was sent, with its signature.
        public_key: the pinned one, raw.
        key_id: as `claimed_key_id` read it from the answer.
        at: now.

    Raises:
        Refused: 401 with the code `signature`, `digest`, `window` or `nonce`.
    """
    covered, tag = _covered(answer, request), claimed_tag(request.headers)
    parameters = verify_components(covered, answer.headers, tag=tag, key_id=key_id, public_key=public_key)
    check_digest(answer.headers, answer.body)
    return check_parameters(parameters, key_id=key_id, at=at)


def _covered(answer: Answer, request: Request) -> dict[str, str]:
    """Say what a signature of this answer covers, its request by the bytes of its signature."""
    return {
        '"@status"': str(answer.status),
        '"content-type"': answer.headers.get("content-type", ""),
        '"content-digest"': answer.headers.get("content-digest", ""),
        '"@method";req': request.method,
        '"@target-uri";req': request.url,
        f'"signature";req;key="{LABEL}"': bytes_item(signature_of(request.headers)),
    }
