# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Signatures of requests, right and wrong in each part; and versions."""

import time

from tests.conformance.tester import ELSEWHERE
from tests.conformance.trial import VERSION, Checks, Failed
from tests.hostile.signing import MEDIA_TYPE, Key, digest_of

CHECKS = Checks()
SIGNING = "Signing a request"


@CHECKS.check(SIGNING, "a signed activity is taken")
def _taken(trial):
    trial.signed(trial.tester.draft(), status=202)


@CHECKS.check(SIGNING, "components may come in another order, and the algorithm may be named")
def _other_order(trial):
    draft = trial.tester.draft()
    draft.covered = tuple(reversed(draft.covered))
    draft.parameters["alg"] = '"ed25519"'
    trial.signed(draft, status=202)


@CHECKS.check(SIGNING, "the query is part of what is signed")
def _query(trial):
    trial.signed(trial.tester.draft(path="/inbox?a=%C3%A4&b"), status=202)


def _draft_changed(trial, change, code):
    draft = trial.tester.draft()
    change(draft)
    trial.unsigned(draft, status=401, code=code)


def _sealed_changed(trial, change, code):
    sealed = trial.tester.draft().seal()
    change(sealed)
    trial.unsigned(sealed, status=401, code=code)


def _parameters(**changes):
    def change(draft):
        for name, value in changes.items():
            draft.parameters.pop(name) if value is None else draft.parameters.update({name: value})

    return change


def _moved(created, expires):
    return lambda draft: draft.parameters.update(
        created=str(int(time.time()) + created), expires=str(int(time.time()) + expires)
    )


def _without(name):
    return lambda draft: setattr(draft, "covered", tuple(each for each in draft.covered if each != name))


def _with(name):
    def change(draft):
        draft.headers[name] = "1"
        draft.covered = (*draft.covered, name)

    return change


def _another_key(draft):
    draft.sign = Key("nobody").private.sign


def _for_elsewhere(draft):
    draft.sign = lambda base: draft.key.private.sign(base.replace(draft.host.encode(), b"elsewhere.example"))


CHECKS.table(
    SIGNING,
    {f"a signature that does not cover {name} is refused": (_without(name), "signature") for name in (
        "@method", "@target-uri", "@authority", "content-type", "content-digest"
    )}
    | {
        "a signature that covers more is refused": (_with("x-more"), "signature"),
        "a signature by another key is refused": (_another_key, "signature"),
        "a signature for another host is refused": (_for_elsewhere, "signature"),
        "another label is refused": (lambda draft: setattr(draft, "label", "sig2"), "signature"),
        "a signature without a tag is refused": (_parameters(tag=None), "signature"),
        "another protocol's tag is refused": (_parameters(tag='"another"'), "signature"),
        "another algorithm is refused": (_parameters(alg='"hmac-sha256"'), "signature"),
        "an unknown parameter is refused": (_parameters(other='"x"'), "signature"),
        "a signature without a key id is refused": (_parameters(keyid=None), "signature"),
        "a key that nobody pinned is refused": (_parameters(keyid=f'"{ELSEWHERE}/actor#peer-1"'), "unknown_key"),
        "a signature without created is refused": (_parameters(created=None), "window"),
        "a signature without expires is refused": (_parameters(expires=None), "window"),
        "an old signature is refused": (_moved(-300, -180), "window"),
        "an old signature that lasts is refused": (_moved(-300, 60), "window"),
        "a signature from the future is refused": (_moved(300, 400), "window"),
        "a signature that lasts too long is refused": (_moved(0, 600), "window"),
        "a signature that is over is refused": (_moved(-90, -30), "window"),
        "a signature without a nonce is refused": (_parameters(nonce=None), "nonce"),
        "a short nonce is refused": (_parameters(nonce='"short"'), "nonce"),
    },
    _draft_changed,
)  # fmt: skip


def _body(sealed, body=b'{"another":"body"}'):
    sealed.body = body


def _body_and_digest(sealed):
    _body(sealed)
    sealed.headers["content-digest"] = digest_of(sealed.body)


def _second_signature(sealed):
    for name in ("signature", "signature-input"):
        value = sealed.headers[name]
        sealed.headers[name] = f"{value}, sig2={value.partition('=')[2]}"


def _header(name, value):
    return lambda sealed: sealed.headers.pop(name) if value is None else sealed.headers.update({name: value})


CHECKS.table(
    SIGNING,
    {
        "a body that was changed is refused": (_body, "digest"),
        "a body that was changed with its digest is refused": (_body_and_digest, "signature"),
        "a content type that was changed is refused": (
            _header("content-type", f"{MEDIA_TYPE}; charset=utf-8"),
            "signature",
        ),
        "a query that was added is refused": (lambda sealed: setattr(sealed, "path", "/inbox?x"), "signature"),
        "two signatures are refused": (_second_signature, "signature"),
        "a request without Signature is refused": (_header("signature", None), "signature"),
        "a request without Signature-Input is refused": (_header("signature-input", None), "signature"),
        "a signature of nothing is refused": (_header("signature", "sig1=::"), "signature"),
        "a request without a signature is refused": (
            lambda sealed: [sealed.headers.pop(name) for name in ("signature", "signature-input")],
            "signature",
        ),
    },
    _sealed_changed,
)


@CHECKS.check("Versions", "a version that is not spoken is refused, and the problem names those that are")
def _version(trial):
    draft = trial.tester.draft()
    draft.parameters["tag"] = '"cop-fed/999"'
    reply = trial.unsigned(draft, status=401, code="version")
    if VERSION not in (reply.document.get("versions") or []):
        raise Failed("the problem does not name the versions that are spoken")
