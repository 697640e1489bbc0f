# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is answered, and for whom it is signed."""

import json
from uuid import uuid4

from tests.conformance.trial import Checks, Failed
from tests.hostile.signing import MEDIA_TYPE, Key, Sealed

CHECKS = Checks()
ANSWERS = "Signing an answer"


@CHECKS.check(ANSWERS, "the answer to a GET is signed, also when there is nothing")
def _not_found(trial):
    trial.signed(trial.tester.asking(f"/o/{uuid4()}"), status=404, code="not_found")


@CHECKS.check(ANSWERS, "each answer has its own nonce")
def _own_nonce(trial):
    inputs = [trial.signed(trial.tester.draft(), status=202).headers["signature-input"] for _ in range(2)]
    if len({given.partition(';nonce="')[2][:22] for given in inputs}) != 2:
        raise Failed("the same nonce twice")


@CHECKS.check(ANSWERS, "a stranger is answered without a signature")
def _stranger(trial):
    headers = {"host": trial.wire.host, "accept": MEDIA_TYPE}
    trial.unsigned(Sealed("GET", f"/o/{uuid4()}", headers, b""), status=404, code="not_found")


@CHECKS.check(ANSWERS, "a wrong signature is not taken for a stranger")
def _wrong_get(trial):
    draft = trial.tester.asking(f"/o/{uuid4()}")
    draft.sign = Key("nobody").private.sign
    trial.unsigned(draft, status=401, code="signature")


@CHECKS.check("Refusals", "a refusal is a problem document that says its status")
def _problem(trial):
    document = trial.tester.activity(type_="Like", object_=trial.tester.id("o", trial.wire.origin))
    reply = trial.signed(trial.tester.draft(document), status=403, code="unknown_object")
    said = {name: reply.document.get(name) for name in ("type", "title", "status")}
    if said != {"type": "urn:cop-fed:unknown_object", "title": "unknown_object", "status": 403}:
        raise Failed(f"it says {json.dumps(said)}")
