# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Requests that were valid until one thing in them was changed: on their way, before they were signed, or in what they say.

Each is one that nobody may accept. What means the same in other letters is no mutant: a header's name in capitals, a
number with a zero before it.
"""

import base64
import json
import string
from dataclasses import replace

from hypothesis import strategies as st

from tests.hostile.bodies import GENERATORS, inside
from tests.hostile.mutations import mutated
from tests.hostile.signing import POST_COMPONENTS, Key, Sealed

INDEX = st.integers(0, 10**6)
LETTERS = st.sampled_from(string.ascii_letters + string.digits + "!#$%&'()*+,-./:;<=>?@[]^_{|}~")
SIGNED_HEADERS = ("content-digest", "signature", "signature-input", "content-type", "host")
ELSEWHERE = ("https://city-c.example", "https://city-a.example", "http://peer-b.example", "https://peer-b.example:8443")
#: laid over the object of an activity as it is written: no strict reader takes it
NOT_STRICT = (
    '{"name": "A", "name": "B"}',
    '{"x": NaN}',
    '{"x": -Infinity}',
    '{"x": 9007199254740993}',
    '{"x": 1e400}',
    '{"x": "\\u0000"}',
    '{"x": "\\ud800"}',
    '{"@id": "https://city-c.example/o/1"}',
    '{"evil:type": "x"}',
    '{"x": ' + "[" * 40 + "]" * 40 + "}",
)


def valid(city):
    """A request that must be taken: an article of this city, under ids that nobody has used."""
    return city.activity(city.article())


def _altered(text, index, letter, how):
    """Put a letter in, in place of one, or take one out."""
    at = index % len(text)
    return text[:at] + ("" if how == "out" else letter) + text[at + (how != "in") :]


@st.composite
def bent_bodies(draw, city):
    """Other bytes than those that were signed."""
    sealed = city.draft(valid(city)).seal()
    at, byte = draw(INDEX) % len(sealed.body), draw(st.integers(1, 255))
    how = draw(st.sampled_from(["changed", "cut", "grown"]))
    if how == "changed":
        body = sealed.body[:at] + bytes([sealed.body[at] ^ byte]) + sealed.body[at + 1 :]
    elif how == "cut":
        body = sealed.body[:at]
    else:
        body = sealed.body[:at] + bytes([byte]) + sealed.body[at:]
    return Sealed(sealed.method, sealed.path, sealed.headers, body)


@st.composite
def bent_headers(draw, city):
    """A letter more, less or another one in what was signed or signs."""
    sealed = city.draft(valid(city)).seal()
    name = draw(st.sampled_from(SIGNED_HEADERS))
    before = sealed.headers[name]
    after = _altered(before, draw(INDEX), draw(LETTERS), draw(st.sampled_from(["in", "out", "other"])))
    if not _means_the_same(name, before, after):
        return replace(sealed, headers=sealed.headers | {name: after})
    return replace(sealed, headers={key: value for key, value in sealed.headers.items() if key != name})


def _means_the_same(name, before, after):
    if name == "host":
        return before.lower() == after.lower()
    if name == "signature":
        return _bytes_of(before) == _bytes_of(after)
    return before == after


def _bytes_of(signature):
    """What a signature's text stands for: its last letter has bits that count for nothing."""
    try:
        return signature.partition("=:")[0], base64.b64decode(signature.partition("=:")[2].strip(":"), validate=True)
    except ValueError:
        return signature


@st.composite
def bent_requests(draw, city):
    """Sent elsewhere than it was signed for, by another method, or without one of its headers."""
    sealed = city.draft(valid(city)).seal()
    how = draw(st.sampled_from(["method", "path", "query", "header"]))
    if how == "method":
        method = draw(st.sampled_from(["PUT", "PATCH", "DELETE", "QUERY", "post"]))
        return replace(sealed, method=method, headers=sealed.headers | {"content-length": str(len(sealed.body))})
    if how == "path":
        return replace(
            sealed, path=draw(st.sampled_from(["/inbox/", "//inbox", "/peering", "/Inbox", "/inbox/x", "/"]))
        )
    if how == "query":
        return replace(sealed, path=f"/inbox?{draw(st.text(string.ascii_letters, max_size=5))}=1")
    gone = draw(st.sampled_from(SIGNED_HEADERS))
    return replace(sealed, headers={name: value for name, value in sealed.headers.items() if name != gone})


@st.composite
def signed_wrongly(draw, city):
    """Signed by somebody else, for another time, or over less than all."""
    mutate = draw(
        st.one_of(
            st.fixed_dictionaries({"created_offset": st.one_of(st.integers(-(10**6), -121), st.integers(90, 10**6))}),
            st.fixed_dictionaries({"expires_offset": st.integers(-(10**6), -1)}),
            st.fixed_dictionaries({"covered": st.sets(st.sampled_from(POST_COMPONENTS), max_size=4).map(sorted)}),
            st.fixed_dictionaries(
                {"params_remove": st.sampled_from([["created"], ["expires"], ["nonce"], ["keyid"], ["tag"]])}
            ),
            st.fixed_dictionaries({"sign_with": st.sampled_from(["random", "public_key_bytes", "peer_c"])}),
            st.fixed_dictionaries({"alg": st.sampled_from(["hmac-sha256", "rsa-v1_5-sha256", "none", "ed25519ph"])}),
            st.fixed_dictionaries({"keyid": st.sampled_from([f"{origin}/actor#key" for origin in ELSEWHERE])}),
        )
    )
    return mutated(city.draft(valid(city)), mutate, keys={"peer_c": Key("another city's")})


@st.composite
def forged(draw, city):
    """Signed as it should be, and speaking for another city."""
    document = valid(city)
    where = draw(st.sampled_from(["actor", "id", "object", "owner"]))
    other = draw(st.sampled_from([origin for origin in ELSEWHERE if origin != city.origin]))
    if where in {"actor", "id"}:
        document[where] = document[where].replace(city.origin, other)
    else:
        name = {"object": "id", "owner": "attributedTo"}[where]
        document["object"][name] = document["object"][name].replace(city.origin, other)
    return city.draft(document).seal()


@st.composite
def misshapen(draw, city):
    """Signed as it should be, with a field of another type, or in JSON that is not strict."""
    if draw(st.booleans()):
        return city.draft(inside(city, draw(st.sampled_from(NOT_STRICT)))).seal()
    bodies = list(GENERATORS["type_swap_all_fields"](city, {}))
    return city.draft(bodies[draw(INDEX) % len(bodies)]).seal()


def mutants(city):
    """Any of them."""
    kinds = (bent_bodies, bent_headers, bent_requests, signed_wrongly, forged, misshapen)
    return st.one_of(*(kind(city) for kind in kinds))


def told(sealed):
    """Write a request down, for whoever looks into a failure."""
    head = "\n".join(f"{name}: {value}" for name, value in sealed.headers.items())
    return f"{sealed.method} {sealed.path}\n{head}\n\n{json.dumps(sealed.body.decode('utf-8', 'backslashreplace'))}"
