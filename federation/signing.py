# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Signed requests (RFC 9421) with Content-Digest (RFC 9530), as `cop-fed/1` wants them."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from federation.errors import Refused, unauthenticated
from federation.keys import SigningKey
from federation.message_signatures import LIFETIME, bytes_item, sign_components, signature_of, verify_components
from federation.ports import Request
from federation.versions import FIRST, SPOKEN, major_of, tag_of, write_versions

MAX_AGE = timedelta(seconds=120)
MAX_AHEAD = timedelta(seconds=60)

_MAX_INPUT = 1024
_KEY_ID = re.compile(r';keyid="([!#-\[\]-~]{1,1000})"')
_TAG = re.compile(r';tag="([!#-\[\]-~]{1,100})"')
_NONCE = re.compile(r"[A-Za-z0-9+/=_-]{22,64}")


@dataclass(frozen=True, slots=True)
class Signed:
    """What a valid signature of a request or an answer says besides that it is valid."""

    key_id: str
    nonce: str
    expires: datetime


def content_digest(body: bytes) -> str:
    """Write the Content-Digest of a body: SHA-256 and nothing else."""
    return f"sha-256={bytes_item(hashlib.sha256(body).digest())}"


def sign_request(request: Request, *, key: SigningKey, at: datetime, major: int = FIRST) -> Request:
    """Sign a request to a peer in a version that it speaks; sign anew for every try.

    A request with a body must say its content type. Returned is the same request with the headers to send.
    """
    headers = {name.lower(): value for name, value in request.headers.items()}
    if request.method != "GET":
        headers["content-digest"] = content_digest(request.body)
    sealed = sign_components(_covered(request, headers), key=key, at=at, tag=tag_of(major))
    return Request(request.method, request.url, headers | sealed, request.body, request.address)


def _covered(request: Request, headers: Mapping[str, str]) -> dict[str, str]:
    """Say what a signature of this request covers."""
    covered = {
        '"@method"': request.method,
        '"@target-uri"': request.url,
        '"@authority"': request.url.partition("://")[2].partition("/")[0],
    }
    if request.method != "GET":
        covered |= {f'"{name}"': headers.get(name, "") for name in ("content-type", "content-digest")}
    return covered


def claimed_key_id(headers: Mapping[str, str]) -> str:
    """Read which key a request says it was signed with, before anything is believed or parsed.

    Raises:
        Refused: 401 when there is not exactly one signature of ours, it names no key, or its version is not spoken.
    """
    signature_of(headers)
    given = headers.get("signature-input", "")
    if len(given) > _MAX_INPUT:
        raise unauthenticated("signature", "longer than any of this protocol")
    claimed_tag(headers)
    key_ids = _KEY_ID.findall(given)
    if len(key_ids) != 1:
        raise unauthenticated("signature", "no key id")
    return str(key_ids[0])


def claimed_tag(headers: Mapping[str, str]) -> str:
    """Read which version of the protocol a request says it speaks; what says none is none of this protocol.

    Raises:
        Refused: 401 when it is not spoken here; the problem names those that are.
    """
    tags = _TAG.findall(headers.get("signature-input", ""))
    major = major_of(tags[0]) if len(tags) == 1 else None
    if major is None:
        raise unauthenticated("signature", "not of this protocol")
    if major not in SPOKEN:
        raise Refused("version", "not a version that is spoken here", 401, members={"versions": write_versions()})
    return tag_of(major)


def verify_request(request: Request, *, key_id: str, public_key: bytes, at: datetime) -> Signed:
    """Verify a request with the pinned key.

    The signature covers exactly the components of this protocol, carries our tag and the parameters `created`,
    `expires`, `nonce`, `keyid` (`alg`, if present, is `ed25519`); the digest is that of the body; `created` is at most
    120 s old and 60 s ahead; `expires` is not past and at most 120 s after `created`.

    Args:
        request: its `url` is built from the configured origin.
        key_id: as `claimed_key_id` read it.
        public_key: the pinned one, raw.
        at: now.

    Raises:
        Refused: 401 with the code `signature`, `version`, `digest`, `window` or `nonce`.
    """
    covered, tag = _covered(request, request.headers), claimed_tag(request.headers)
    parameters = verify_components(covered, request.headers, tag=tag, key_id=key_id, public_key=public_key)
    if request.method != "GET":
        check_digest(request.headers, request.body)
    return check_parameters(parameters, key_id=key_id, at=at)


def check_digest(headers: Mapping[str, str], body: bytes) -> None:
    """Refuse a body that is not the one whose digest was signed."""
    if headers.get("content-digest") != content_digest(body):
        raise unauthenticated("digest", "the body is not the one that was signed")


def check_parameters(parameters: Mapping[str, int | str], *, key_id: str, at: datetime) -> Signed:
    """Check when a signature was made and until when it holds, and its nonce."""
    expires = _check_window(parameters.get("created"), parameters.get("expires"), at)
    nonce = str(parameters.get("nonce", ""))
    if not _NONCE.fullmatch(nonce):
        raise unauthenticated("nonce", "a nonce has 128 bits")
    return Signed(key_id, nonce, expires)


def _check_window(created: object, expires: object, at: datetime) -> datetime:
    if not isinstance(created, int) or not isinstance(expires, int):
        raise unauthenticated("window", "created and expires are missing")
    now = at.timestamp()
    if not now - MAX_AGE.total_seconds() <= created <= now + MAX_AHEAD.total_seconds():
        ahead = round(created - now)
        raise unauthenticated("window", f"signed {abs(ahead)} s {'ahead of' if ahead > 0 else 'behind'} this clock")
    if not max(created, now) <= expires <= created + LIFETIME.total_seconds():
        raise unauthenticated("window", "expired, or lasts too long")
    return datetime.fromtimestamp(expires, tz=UTC)
