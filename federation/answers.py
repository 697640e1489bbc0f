# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Signed answers: RFC 9421, section 2.4, bound to the request that they answer.

An answer covers the method, the target and the signature of its request, and so its nonce: it fits no other request and
can't be played again.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from federation.errors import unauthenticated
from federation.keys import SigningKey
from federation.ports import Answer, Request
from federation.signing import (
    LABEL,
    RequestShape,
    Signed,
    bytes_item,
    check_digest,
    check_parameters,
    claimed_tag,
    content_digest,
    seal,
    verify_message,
)

COMPONENTS = (
    '"@status"',
    '"content-type"',
    '"content-digest"',
    '"@method";req',
    '"@target-uri";req',
    f'"signature";req;key="{LABEL}"',
)
_SIGNATURE_LENGTH = 64


@dataclass(slots=True)
class _AnswerShape:
    """An answer in the shape the library reads."""

    status_code: int
    headers: Mapping[str, str]
    request: RequestShape


def sign_answer(answer: Answer, *, request: Request, key: SigningKey, at: datetime) -> Answer:
    """Sign the answer to a request whose signature was verified, in the version in which it was asked.

    It must say its content type, also when its body is empty. Returned is the same answer with the headers to send.
    """
    digest = content_digest(answer.body)
    values = (
        str(answer.status),
        answer.headers["content-type"],
        digest,
        request.method,
        request.url,
        bytes_item(_signature_of(request)),
    )
    covered = dict(zip(COMPONENTS, values, strict=True))
    sealed = seal(covered, key=key, at=at, tag=claimed_tag(request.headers))
    return Answer(answer.status, {**answer.headers, "content-digest": digest, **sealed}, answer.body)


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
    asked = RequestShape(request.method, request.url, dict(request.headers))
    shape = _AnswerShape(answer.status, dict(answer.headers), asked)
    tag = claimed_tag(request.headers)
    parameters = verify_message(shape, set(COMPONENTS), tag=tag, key_id=key_id, public_key=public_key)
    check_digest(answer.headers, answer.body)
    return check_parameters(parameters, key_id=key_id, at=at)


def _signature_of(request: Request) -> bytes:
    """Read the signature of a verified request; its text may have been another one for the same bytes."""
    text = request.headers["signature"].removeprefix(f"{LABEL}=:").removesuffix(":")
    signature = base64.b64decode(text)
    if len(signature) != _SIGNATURE_LENGTH:
        raise unauthenticated("signature", f"not exactly one signature {LABEL}")
    return signature
