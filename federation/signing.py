# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""HTTP message signatures (RFC 9421) and Content-Digest (RFC 9530), as `cop-fed/1` wants them.

The one place that calls the signature library. Its `verify()` is lax unless told otherwise; what it leaves open is
decided here: exactly one signature, exactly these components, our window, our clock, the algorithm of the stored key.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
)
from http_message_signatures.algorithms import ED25519

from federation.errors import Refused, unauthenticated
from federation.keys import SigningKey
from federation.ports import Request
from federation.versions import FIRST, SPOKEN, major_of, tag_of, write_versions

LABEL = "sig1"
LIFETIME = timedelta(seconds=120)
MAX_AGE = timedelta(seconds=120)
MAX_AHEAD = timedelta(seconds=60)
GET_COMPONENTS = ("@method", "@target-uri", "@authority")
POST_COMPONENTS = (*GET_COMPONENTS, "content-type", "content-digest")

_MAX_INPUT = 1024
_SIGNATURE = re.compile(rf"{LABEL}=:[A-Za-z0-9+/]{{86}}==:")
_KEY_ID = re.compile(r';keyid="([!#-\[\]-~]{1,1000})"')
_TAG = re.compile(r';tag="([!#-\[\]-~]{1,100})"')
_NONCE = re.compile(r"[A-Za-z0-9+/=_-]{22,64}")


@dataclass(frozen=True, slots=True)
class Signed:
    """What a valid signature of a request or an answer says besides that it is valid."""

    key_id: str
    nonce: str
    expires: datetime


@dataclass(slots=True)
class RequestShape:
    """A request in the shape the library reads."""

    method: str
    url: str
    headers: dict[str, str]


class _Keys(HTTPSignatureKeyResolver):
    """One key, for one message."""

    def __init__(self, key_id: str, key: Any) -> None:
        self._key_id = key_id
        self._key = key

    def resolve_public_key(self, key_id: str) -> Any:
        return self._key if key_id == self._key_id else None


class _Verifier(HTTPMessageVerifier):
    """The library's verifier without its clock: the window is checked by us, after the signature."""

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        pass


def content_digest(body: bytes) -> str:
    """Write the Content-Digest of a body: SHA-256 and nothing else."""
    return f"sha-256={bytes_item(hashlib.sha256(body).digest())}"


def sign_request(request: Request, *, key: SigningKey, at: datetime, major: int = FIRST) -> Request:
    """Sign a request to a peer in a version that it speaks; sign anew for every try.

    A request with a body must say its content type. Returned is the same request with the headers to send.
    """
    headers = {name.lower(): value for name, value in request.headers.items()}
    covered = {
        '"@method"': request.method,
        '"@target-uri"': request.url,
        '"@authority"': request.url.partition("://")[2].partition("/")[0],
    }
    if request.method != "GET":
        headers["content-digest"] = content_digest(request.body)
        covered |= {f'"{name}"': headers[name] for name in ("content-type", "content-digest")}
    sealed = seal(covered, key=key, at=at, tag=tag_of(major))
    return Request(request.method, request.url, headers | sealed, request.body, request.address)


def seal(covered: Mapping[str, str], *, key: SigningKey, at: datetime, tag: str) -> dict[str, str]:
    """Sign these components, and return the two headers that say so.

    The signature base is written here: the library takes eight times as long, and each try is signed anew.

    Args:
        covered: each component's name, as it stands in the base, with its value; in their order.
        key: ours.
        at: now.
        tag: the version of the protocol.
    """
    created = int(at.timestamp())
    parameters = (
        f"({' '.join(covered)});created={created}"
        f';keyid="{key.key_id}";expires={created + int(LIFETIME.total_seconds())}'
        f';nonce="{secrets.token_urlsafe(16)}";tag="{tag}"'
    )
    base = signature_base(covered.items(), parameters)
    return {
        "signature-input": f"{LABEL}={parameters}",
        "signature": f"{LABEL}={bytes_item(key.private.sign(base))}",
    }


def signature_base(components: Iterable[tuple[str, str]], parameters: str) -> bytes:
    """Write what is signed (RFC 9421, section 2.5): each serialised component with its value, and the parameters."""
    lines = [f"{name}: {value}" for name, value in (*components, ('"@signature-params"', parameters))]
    return "\n".join(lines).encode("ascii")


def bytes_item(value: bytes) -> str:
    """Write bytes as a structured field does (RFC 8941, section 3.3.5)."""
    return f":{base64.b64encode(value).decode('ascii')}:"


def claimed_key_id(headers: Mapping[str, str]) -> str:
    """Read which key a request says it was signed with, before anything is believed or parsed.

    Raises:
        Refused: 401 when there is not exactly one signature of ours, it names no key, or its version is not spoken.
    """
    given = headers.get("signature-input", "")
    if len(given) > _MAX_INPUT or not _SIGNATURE.fullmatch(headers.get("signature", "")):
        raise unauthenticated("signature", f"not exactly one signature {LABEL}")
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
    wanted = GET_COMPONENTS if request.method == "GET" else POST_COMPONENTS
    message = RequestShape(request.method, request.url, dict(request.headers))
    components = {f'"{name}"' for name in wanted}
    tag = claimed_tag(request.headers)
    parameters = verify_message(message, components, tag=tag, key_id=key_id, public_key=public_key)
    if request.method != "GET":
        check_digest(request.headers, request.body)
    return check_parameters(parameters, key_id=key_id, at=at)


def verify_message(
    message: object, components: set[str], *, tag: str, key_id: str, public_key: bytes
) -> Mapping[str, Any]:
    """Verify the signature of a message in the shape the library reads; return the signature's parameters.

    Args:
        message: a `RequestShape`, or the like of it for an answer.
        components: exactly what must be covered, as it is serialised.
        tag: what it must carry.
        key_id: as `claimed_key_id` read it.
        public_key: raw.

    Raises:
        Refused: 401 with the code `signature`.
    """
    keys = _Keys(key_id, Ed25519PublicKey.from_public_bytes(public_key))
    try:
        (result,) = _Verifier(signature_algorithm=ED25519, key_resolver=keys).verify(
            message, max_age=None, expect_tag=tag, expect_label=LABEL
        )
    except HTTPMessageSignaturesException as error:
        raise unauthenticated("signature", "does not verify") from error
    if set(result.covered_components) != components | {'"@signature-params"'}:
        raise unauthenticated("signature", "does not cover what this protocol covers")
    return result.parameters


def check_digest(headers: Mapping[str, str], body: bytes) -> None:
    """Refuse a body that is not the one whose digest was signed."""
    if headers.get("content-digest") != content_digest(body):
        raise unauthenticated("digest", "the body is not the one that was signed")


def check_parameters(parameters: Mapping[str, Any], *, key_id: str, at: datetime) -> Signed:
    """Check when a signature was made and until when it holds, and its nonce."""
    expires = _check_window(parameters.get("created"), parameters.get("expires"), at)
    nonce = parameters.get("nonce", "")
    if not _NONCE.fullmatch(nonce):
        raise unauthenticated("nonce", "a nonce has 128 bits")
    return Signed(key_id, nonce, expires)


def _check_window(created: int | None, expires: int | None, at: datetime) -> datetime:
    if created is None or expires is None:
        raise unauthenticated("window", "created and expires are missing")
    now = at.timestamp()
    if not now - MAX_AGE.total_seconds() <= created <= now + MAX_AHEAD.total_seconds():
        raise unauthenticated("window", "signed too long ago, or in the future")
    if not max(created, now) <= expires <= created + LIFETIME.total_seconds():
        raise unauthenticated("window", "expired, or lasts too long")
    return datetime.fromtimestamp(expires, tz=UTC)
