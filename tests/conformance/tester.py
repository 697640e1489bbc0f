# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The city that tests: it has an origin and a key, and needs no server, for nothing is asked of it."""

import base64
import hashlib
import hmac
import json
import re
import time
from uuid import uuid4

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tests.hostile.signing import MEDIA_TYPE, Draft, Key, digest_of

ELSEWHERE = "https://elsewhere.example"
ED25519 = b"\xed\x01"
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
COVERED = (
    '"@status"',
    '"content-type"',
    '"content-digest"',
    '"@method";req',
    '"@target-uri";req',
    '"signature";req;key="sig1"',
)
SIGNED_AS = re.compile(r'sig1=(?P<all>\((?P<covered>[^()]*)\)(?P<parameters>(?:;[a-z]+=(?:"[^"\\]*"|\d+))*))')
PARAMETER = re.compile(r';([a-z]+)=(?:"([^"]*)"|(\d+))')
LIFETIME_S, SKEW_S = 120, 60
NONCE = re.compile(r"[A-Za-z0-9_=+/-]{22,64}")


class Tester:
    """A well-behaved city, until a check changes what it sends."""

    def __init__(self, origin, *, wire, seed=None):
        self.origin = origin
        self.wire = wire
        self.key = Key(f"{origin}/actor#peer-1")
        if seed is not None:
            self.key.private = Ed25519PrivateKey.from_private_bytes(seed)

    def id(self, kind="a", origin=None):
        return f"{origin or self.origin}/{kind}/{uuid4()}"

    def activity(self, type_="View", object_=None, **more):
        """An activity; as it comes one that nobody handles, which a city keeps and ignores."""
        return {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": self.id(),
            "type": type_,
            "actor": f"{self.origin}/actor",
            "object": f"{self.wire.origin}/actor" if object_ is None else object_,
            **more,
        }

    def draft(self, document=None, *, path="/inbox", key=None):
        document = self.activity() if document is None else document
        body = document if isinstance(document, bytes) else json.dumps(document, ensure_ascii=False).encode()
        return Draft(key or self.key, self.wire.host, path=path, body=body, scheme=self.wire.scheme)

    def asking(self, path):
        """A signed GET."""
        headers = {"accept": MEDIA_TYPE}
        return Draft(self.key, self.wire.host, method="GET", path=path, headers=headers, scheme=self.wire.scheme)

    def offer(self, invitation, offer_id, *, token=None):
        """The offer to peer that the city's administrator invited."""
        keys = {self.key.key_id: multibase(ED25519 + self.key.public)}
        said = {"to": self.wire.origin, "from": self.origin, "keys": keys}
        canonical = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        secret = hashlib.sha256(invitation["token"] if token is None else token).digest()
        method = {"id": self.key.key_id, "type": "Multikey", "controller": f"{self.origin}/actor"}
        object_ = {
            "type": "cop:Peering",
            "name": "Conformance test",
            "cop:versions": ["cop-fed/1"],
            "assertionMethod": [{**method, "publicKeyMultibase": keys[self.key.key_id]}],
            "cop:proof": hmac.new(secret, canonical, hashlib.sha256).hexdigest(),
        }
        return self.activity("Offer", object_, id=offer_id, target=f"{self.wire.origin}/actor")


def read_invitation(text):
    """Read the text that an administrator of the city passed on."""
    packed = "".join(text.split()).removeprefix("copfed1.")
    content = json.loads(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    return {**content, "token": base64.b64decode(content["token"])}


def multibase(raw):
    """Write bytes as base58-btc, as FEP-521a does."""
    number, digits = int.from_bytes(raw, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        digits = BASE58[digit] + digits
    return f"z{digits}"


def raw_key(text):
    """Read a `publicKeyMultibase`; None when it is no Ed25519 key."""
    number = 0
    for digit in text.removeprefix("z"):
        number = number * 58 + BASE58.index(digit)
    raw = number.to_bytes(40, "big")[-34:]
    return raw[2:] if raw[:2] == ED25519 else None


def fingerprint(public):
    digits = hashlib.sha256(public).hexdigest()
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def signature_fault(reply, sealed, *, origin, keys):
    """Say what is wrong with the signature of an answer; None when nothing is."""
    if "signature" not in reply.headers:
        return "the answer is not signed"
    told = SIGNED_AS.fullmatch(reply.headers.get("signature-input", ""))
    if told is None:
        return f"this is no signature of the protocol: {reply.headers.get('signature-input')}"
    names = told["covered"].split(" ")
    if sorted(names) != sorted(COVERED):
        return f"it covers {told['covered']}"
    parameters = {name: text or number for name, text, number in PARAMETER.findall(told["parameters"])}
    if fault := _parameter_fault(parameters, keys):
        return fault
    if reply.headers.get("content-digest") != digest_of(reply.body):
        return "the digest is not the body's"
    values = dict(zip(COVERED, _values(reply, sealed, origin), strict=True))
    base = "\n".join([*(f"{name}: {values[name]}" for name in names), f'"@signature-params": {told["all"]}'])
    signature = base64.b64decode(reply.headers["signature"].removeprefix("sig1=:").removesuffix(":"))
    return None if _verifies(keys[parameters["keyid"]], signature, base) else "it does not verify"


def _verifies(public, signature, base):
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, base.encode())
    except InvalidSignature:
        return False
    return True


def _parameter_fault(parameters, keys):
    if set(parameters) - {"alg"} != {"created", "expires", "nonce", "keyid", "tag"}:
        return f"its parameters are {sorted(parameters)}"
    if parameters["tag"] != "cop-fed/1" or parameters.get("alg", "ed25519") != "ed25519":
        return "another tag or algorithm"
    if parameters["keyid"] not in keys:
        return f"signed with {parameters['keyid']}, which the actor document does not list"
    if not 0 < int(parameters["expires"]) - int(parameters["created"]) <= LIFETIME_S:
        return f"valid for more than {LIFETIME_S} seconds"
    if abs(int(parameters["created"]) - time.time()) > SKEW_S:
        return "signed at another time than now"
    return None if NONCE.fullmatch(parameters["nonce"]) else "its nonce is too short"


def _values(reply, sealed, origin):
    return (
        str(reply.status),
        reply.headers.get("content-type", ""),
        reply.headers["content-digest"],
        sealed.method,
        f"{origin}{sealed.path}",
        sealed.headers["signature"].removeprefix("sig1="),
    )
