# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""HTTP message signatures (RFC 9421) in the one form that `cop-fed/1` has: one Ed25519 signature, written canonically.

Both ends write the signature base from the same components. A `Signature-Input` whose text is not the one its values
have when they are serialised (RFC 8941, section 4.1) is refused: what was signed and what was read can't differ.
"""

import base64
import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from federation.errors import unauthenticated
from federation.keys import SigningKey

LABEL = "sig1"
LIFETIME = timedelta(seconds=120)

_COMPONENT = rf'"@?[a-z-]+"(?:;req)?(?:;key="{LABEL}")?'
_PARAMETER = r';(created|expires|keyid|nonce|tag|alg)=(?:(0|-?[1-9][0-9]{0,14})|"([ !#-\[\]-~]*)")'
_INPUT = re.compile(rf"{LABEL}=(\(({_COMPONENT}(?: {_COMPONENT})*)\)((?:{_PARAMETER})+))")
_PARAMETERS = re.compile(_PARAMETER)
_SIGNATURE = re.compile(rf"{LABEL}=:([A-Za-z0-9+/]{{86}}==):")
_NUMBERS = frozenset({"created", "expires"})


def sign_components(covered: Mapping[str, str], *, key: SigningKey, at: datetime, tag: str) -> dict[str, str]:
    """Sign these components, and return the two headers that say so.

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
    signature = key.private.sign(signature_base(covered.items(), parameters))
    return {"signature-input": f"{LABEL}={parameters}", "signature": f"{LABEL}={bytes_item(signature)}"}


def verify_components(
    covered: Mapping[str, str], headers: Mapping[str, str], *, tag: str, key_id: str, public_key: bytes
) -> Mapping[str, int | str]:
    """Verify that a signature covers exactly these components, and return its parameters.

    Args:
        covered: each component's name, as it stands in the base, with its value; in any order.
        headers: of the message that was signed, their names in lower case.
        tag: what the signature must carry.
        key_id: what it must name.
        public_key: raw.

    Raises:
        Refused: 401 with the code `signature`.
    """
    given = _INPUT.fullmatch(headers.get("signature-input", ""))
    if given is None:
        raise unauthenticated("signature", "not written as this protocol writes it")
    names = given[2].split(" ")
    if sorted(names) != sorted(covered):
        raise unauthenticated("signature", "does not cover what this protocol covers")
    base = signature_base(((name, covered[name]) for name in names), given[1])
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature_of(headers), base)
    except InvalidSignature as error:
        raise unauthenticated("signature", "does not verify") from error
    parameters = _read_parameters(given[3])
    expected = {"tag": tag, "keyid": key_id, "alg": "ed25519"}
    if {"alg": "ed25519", **parameters} != {**parameters, **expected}:
        raise unauthenticated("signature", "made for something else")
    return parameters


def signature_base(components: Iterable[tuple[str, str]], parameters: str) -> bytes:
    """Write what is signed (RFC 9421, section 2.5): each serialised component with its value, and the parameters.

    Raises:
        Refused: 401 when a value can't be signed.
    """
    lines = [f"{name}: {value}" for name, value in (*components, ('"@signature-params"', parameters))]
    if not all(line.isascii() and line.isprintable() for line in lines):
        raise unauthenticated("signature", "covers what is not printable ASCII")
    return "\n".join(lines).encode("ascii")


def signature_of(headers: Mapping[str, str]) -> bytes:
    """Read the one signature of a message.

    Raises:
        Refused: 401 when there is not exactly one, with our label.
    """
    given = _SIGNATURE.fullmatch(headers.get("signature", ""))
    if given is None:
        raise unauthenticated("signature", f"not exactly one signature {LABEL}")
    return base64.b64decode(given[1])


def bytes_item(value: bytes) -> str:
    """Write bytes as a structured field does (RFC 8941, section 3.3.5)."""
    return f":{base64.b64encode(value).decode('ascii')}:"


def _read_parameters(text: str) -> dict[str, int | str]:
    """Read the parameters; each stands once, numbers and strings where they belong."""
    found = _PARAMETERS.findall(text)
    read = {name: int(number) if number else string for name, number, string in found}
    if len(read) != len(found) or any(bool(number) != (name in _NUMBERS) for name, number, _ in found):
        raise unauthenticated("signature", "a parameter stands twice, or has the wrong type")
    return read
