# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a `mutate` in the catalogue does to a request: some before it is signed, some after.

A key nobody knows fails: no line may pass because nothing was changed.
"""

import base64
import hmac
import re
import time
from hashlib import sha256

from tests.hostile.signing import Key, digest_of

CITY_C = "city-c.example"


def _offset(name):
    def change(draft, seconds):
        draft.parameters[name] = str(int(time.time()) + seconds)
        if name == "created":
            draft.parameters["expires"] = str(int(time.time()) + seconds + 120)

    return change


def _set(name):
    def change(draft, value):
        setattr(draft, name, tuple(value) if isinstance(value, list) else value)

    return change


def _remove_parameters(draft, names):
    for name in names:
        del draft.parameters[name]


def _digest_algorithm(draft, name):
    draft.digest = digest_of(draft.body, name)


def _key_id(draft, key_id):
    """The catalogue calls every city's key `#key`; here its name says what it is for."""
    key_id = re.sub("#key$", "#peer-1", key_id)
    draft.parameters["keyid"] = f'"{key_id}"'


def _algorithm(draft, name):
    if name is not None:
        draft.parameters["alg"] = f'"{name}"'


def _extra_parameter(draft, added):
    draft.parameters.update({name: f'"{value}"' for name, value in added.items()})


def _many_components(draft, number):
    draft.headers.update({f"x-{index}": "1" for index in range(20)})
    draft.covered += tuple(f"x-{index % 20}" for index in range(number))


def _for_another_city(draft, host):
    draft.host = CITY_C


def sign_with(draft, whose, *, keys):
    """Sign with another key: another city's, one nobody knows, or the public key as a shared secret."""
    if whose == "public_key_bytes":
        public = draft.key.public
        draft.sign = lambda text: hmac.digest(public, text, sha256)
    elif whose == "random":
        draft.sign = Key("nobody").private.sign
    else:
        draft.sign = keys[whose].private.sign


#: key of `mutate` -> what it does to the draft
BEFORE = {
    "covered": _set("covered"),
    "content_digest": _set("digest"),
    "digest_alg": _digest_algorithm,
    "params_remove": _remove_parameters,
    "created_offset": _offset("created"),
    "expires_offset": _offset("expires"),
    "created_raw": lambda draft, raw: draft.parameters.update(created=raw),
    "keyid": _key_id,
    "alg": _algorithm,
    "extra_param": _extra_parameter,
    "covered_count": _many_components,
    "target_host_after_sign": _for_another_city,
}


def _remove_headers(sealed, names):
    for name in names:
        del sealed.headers[name]


def _relabel(sealed, labels):
    for name, label in labels.items():
        sealed.headers[name] = label + sealed.headers[name][sealed.headers[name].index("=") :]


def _flip_a_bit(sealed, wanted):
    label, _, value = sealed.headers["signature"].partition("=")
    raw = bytearray(base64.b64decode(value.strip(":")))
    raw[20] ^= 1
    sealed.headers["signature"] = f"{label}=:{base64.b64encode(raw).decode()}:"


def _signature(sealed, value):
    sealed.headers["signature"] = f"sig1=:{value}:"


def _tamper(sealed, wanted):
    changed = sealed.body.replace(b"Desksharing", b"Tampered")
    assert changed != sealed.body
    sealed.body = changed


def _digest_anew(sealed, wanted):
    sealed.headers["content-digest"] = digest_of(sealed.body)


def _nonce(sealed, value):
    changed = re.sub(r'nonce="[^"]+"', f'nonce="{value * 5}"', sealed.headers["signature-input"])
    assert changed != sealed.headers["signature-input"]
    sealed.headers["signature-input"] = changed


def _send_to(sealed, host):
    sealed.headers["host"] = host


def _cavage(sealed, how):
    """The older draft's header: alone (downgrade), or beside the standard's with another key's id."""
    old = 'keyId="https://peer-c.example/actor#key",headers="(request-target) host date",signature="QUJD"'
    if how == "also":
        sealed.headers["signature"] = f"{sealed.headers['signature']}, {old}"
    else:
        del sealed.headers["signature-input"]
        sealed.headers["signature"] = old


#: key of `mutate` -> what it does to the signed request, in this order
AFTER = {
    "body_after_sign": _tamper,
    "digest_recomputed": _digest_anew,
    "headers_remove": _remove_headers,
    "relabel": _relabel,
    "flip_signature_bit": _flip_a_bit,
    "signature_b64": _signature,
    "content_type_after_sign": lambda sealed, value: sealed.headers.update({"content-type": value}),
    "nonce_after_sign": _nonce,
    "headers_add": lambda sealed, added: sealed.headers.update(added),
    "cavage": _cavage,
    "target_host_after_sign": _send_to,
}


def mutated(draft, mutate, *, keys):
    """Change, seal, change again.

    Args:
        keys: name of a city as the catalogue says it -> its key.
    """
    told = dict(mutate)
    known = BEFORE.keys() | AFTER.keys() | {"sign_with", "second_signature"}
    assert told.keys() <= known, f"nobody knows {told.keys() - known}"
    for name in BEFORE.keys() & told.keys() - {"expires_offset"}:
        BEFORE[name](draft, told[name])
    if "expires_offset" in told:  # what is said of the end outlasts what follows from the begin
        BEFORE["expires_offset"](draft, told["expires_offset"])
    if "sign_with" in told:
        sign_with(draft, told["sign_with"], keys=keys)
    sealed = draft.seal()
    if "second_signature" in told:
        _sign_again(draft, sealed, keys[told["second_signature"].removeprefix("valid_")])
    for name, change in AFTER.items():
        if name in told:
            change(sealed, told[name])
    return sealed


def _sign_again(draft, sealed, key):
    draft.label, draft.sign = "sig2", key.private.sign
    draft.parameters["keyid"] = f'"{key.key_id}"'
    again = draft.seal()
    for name in ("signature-input", "signature"):
        sealed.headers[name] += f", {again.headers[name]}"
