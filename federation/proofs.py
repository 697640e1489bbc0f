# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Object integrity proofs (FEP-8b32, `eddsa-jcs-2022`): an object stays provable when another city passes it on.

The proof is of the object as it stands: with its `@context` where it has one, as a document of its own, and without
where it is part of an activity.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from federation import base58
from federation.activities import JSON
from federation.canonical import canonical
from federation.errors import Refused, forbidden
from federation.keys import SigningKey

TYPE = "DataIntegrityProof"
SUITE = "eddsa-jcs-2022"
PURPOSE = "assertionMethod"
_LENGTH = 64
_OPTIONS = frozenset({"type", "cryptosuite", "created", "verificationMethod", "proofPurpose"})


def prove(document: JSON, *, key: SigningKey, at: datetime) -> dict[str, Any]:
    """Return the document with its proof, in place of one it had."""
    content = {name: value for name, value in document.items() if name != "proof"}
    options: dict[str, Any] = {
        "type": TYPE,
        "cryptosuite": SUITE,
        "created": at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "verificationMethod": key.key_id,
        "proofPurpose": PURPOSE,
    }
    if "@context" in content:
        options["@context"] = content["@context"]
    signature = key.private.sign(_hashed(content, options))
    return {**content, "proof": {**options, "proofValue": base58.encode(signature)}}


def claimed_proof_key(document: JSON) -> str | None:
    """Name the key that a document says it is proved with; None when it carries no proof. Nothing is believed yet.

    Raises:
        Refused: 403 when the proof is none of this protocol.
    """
    proof = document.get("proof")
    if proof is None:
        return None
    if not isinstance(proof, Mapping) or not isinstance(proof.get("verificationMethod"), str):
        raise _refusal("not one proof")
    return str(proof["verificationMethod"])


def check_proof(document: JSON, *, key_id: str, public_key: bytes) -> None:
    """Check that a document is as the owner of this key wrote it.

    Args:
        document: with its proof.
        key_id: as `claimed_proof_key` read it.
        public_key: the pinned one, raw.

    Raises:
        Refused: 403 when it is not, or the proof is not exactly as this protocol writes it.
    """
    content = {name: value for name, value in document.items() if name != "proof"}
    options = dict(document["proof"])
    value = options.pop("proofValue", None)
    expected = {"type": TYPE, "cryptosuite": SUITE, "verificationMethod": key_id, "proofPurpose": PURPOSE}
    if not expected.items() <= options.items() or not isinstance(options.get("created"), str):
        raise _refusal("not a proof of this protocol")
    if options.keys() - _OPTIONS - {"@context"} or options.get("@context") != content.get("@context"):
        raise _refusal("a proof of something else")
    try:
        signature = base58.decode(value, length=_LENGTH)
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, _hashed(content, options))
    except (ValueError, InvalidSignature) as error:
        raise _refusal("does not verify: the object is not as its home wrote it") from error


def _hashed(content: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    """Hash as the suite wants it: first the proof's options, then the document, each in its canonical form."""
    return b"".join(hashlib.sha256(canonical(part)).digest() for part in (dict(options), dict(content)))


def _refusal(detail: str) -> Refused:
    return forbidden("proof", detail)
