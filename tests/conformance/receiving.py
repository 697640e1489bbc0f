# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is taken, what is refused and why, and what comes twice."""

from tests.conformance.tester import ELSEWHERE
from tests.conformance.trial import Checks
from tests.hostile.signing import Key

CHECKS = Checks()
RECEIVING = "Receiving"


def _bytes(trial, body, code):
    trial.unsigned(trial.tester.draft(body), status=400, code=code)


CHECKS.table(
    RECEIVING,
    {
        "a key twice in one object is refused": (b'{"a":1,"a":2}', "json_duplicate"),
        "NaN is refused": (b'{"a":NaN}', "json_number"),
        "a number that is not the same everywhere is refused": (b'{"a":9007199254740993}', "json_number"),
        "what is nested too deeply is refused": (b"[" * 33 + b"]" * 33, "json_depth"),
        "too many items are refused": (b"[" + b"0," * 1000 + b"0]", "json_items"),
        "NUL is refused": (b'{"a":"\\u0000"}', "json_text"),
        "half a surrogate pair is refused": (b'{"a":"\\ud800"}', "json_text"),
        "what is not UTF-8 is refused": (b'{"a":"\xff"}', "json_encoding"),
        "what is not JSON is refused": (b"{", "json_syntax"),
        "two documents are refused": (b"{} {}", "json_syntax"),
        "a list is refused": (b"[]", "shape"),
    },
    _bytes,
)


@CHECKS.check(RECEIVING, "another content type is refused")
def _media_type(trial):
    draft = trial.tester.draft()
    draft.headers["content-type"] = "text/plain"
    trial.unsigned(draft, status=415)


@CHECKS.check(RECEIVING, "more than 1 MiB is refused")
def _size(trial):
    trial.unsigned(trial.tester.draft(b'"' + b"x" * 1024 * 1024 + b'"'), status=413)


def _said(trial, change, status, code):
    document = trial.tester.activity()
    change(document, trial)
    trial.signed(trial.tester.draft(document), status=status, code=code)


def _creating(origin=None, **facts):
    def change(document, trial):
        object_id = trial.tester.id("o", origin)
        document.update(type="Create", object={"type": "Event", "id": object_id, **facts})

    return change


def _set(**changes):
    return lambda document, trial: document.update(changes)


def _theirs(**changes):
    return lambda document, trial: document.update({name: f"{trial.wire.origin}{end}" for name, end in changes.items()})


def _about(type_, *, kind, **more):
    def change(document, trial):
        document.update(type=type_, object=trial.tester.id(kind, trial.wire.origin), **more)

    return change


def _proposing(document, trial):
    document.update(
        type="Offer", object={"type": "cop:Topic", "name": "x"}, target=trial.tester.id("o", trial.wire.origin)
    )


CHECKS.table(
    RECEIVING,
    {
        "an actor of another city is refused": (_set(actor=f"{ELSEWHERE}/actor"), 403, "origin"),
        "an actor of the receiver's is refused": (_theirs(actor="/actor"), 403, "origin"),
        "an id of another city is refused": (_set(id=f"{ELSEWHERE}/a/1"), 403, "origin"),
        "an object of another city is refused": (_creating(ELSEWHERE), 403, "origin"),
        "an object of somebody else's is refused": (_creating(attributedTo=f"{ELSEWHERE}/actor"), 403, "origin"),
        "deleting what is another city's is refused": (_set(type="Delete", object=f"{ELSEWHERE}/o/1"), 403, "origin"),
        "supporting what is not known is refused": (_about("Like", kind="o"), 403, "unknown_object"),
        "joining what is not known is refused": (_about("Join", kind="o"), 403, "unknown_object"),
        "answering what was not asked is refused": (_about("Accept", kind="a"), 403, "unknown_object"),
        "a proposal for what is not known is refused": (_proposing, 403, "unknown_object"),
    },
    _said,
)
CHECKS.table(
    RECEIVING,
    {
        "an activity without a type is refused": (_set(type=None), 400, "shape"),
        "two types are refused": (_set(type=["Create", "Delete"]), 400, "shape"),
        "two objects are refused": (_set(object=["a", "b"]), 400, "shape"),
        "a keyword of JSON-LD is refused": (lambda document, trial: document.update({"@graph": []}), 400, "term"),
        "an unknown prefix is refused": (lambda document, trial: document.update({"as:actor": "x"}), 400, "term"),
    },
    _said,
)


@CHECKS.check(RECEIVING, "the same activity signed anew is taken again")
def _again(trial):
    document = trial.tester.activity()
    for _ in range(3):
        trial.signed(trial.tester.draft(document), status=202)


@CHECKS.check(RECEIVING, "the very same request is taken again")
def _replayed(trial):
    sealed = trial.tester.draft().seal()
    for _ in range(2):
        trial.signed(sealed, status=202)


@CHECKS.check(RECEIVING, "a nonce serves one activity")
def _nonce(trial):
    first, second = trial.tester.draft(), trial.tester.draft()
    second.parameters["nonce"] = first.parameters["nonce"]
    trial.signed(first, status=202)
    trial.signed(second, status=401, code="nonce")


@CHECKS.check(RECEIVING, "what was refused is not remembered")
def _not_remembered(trial):
    document = trial.tester.activity()
    draft = trial.tester.draft(document)
    draft.sign = Key("nobody").private.sign
    trial.unsigned(draft, status=401, code="signature")
    trial.signed(trial.tester.draft(document), status=202)
