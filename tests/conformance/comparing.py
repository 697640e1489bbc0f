# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a city shows of what it holds, to who compares."""

import re

from tests.conformance.trial import Checks, Failed
from tests.hostile.signing import MEDIA_TYPE, Sealed

CHECKS = Checks()
READING = "Reading"
COLLECTIONS = {"Group", "Event", "Article", "cop:Assignment", "cop:Topic"}


@CHECKS.check(READING, "each collection has a digest")
def _digests(trial):
    reply = trial.signed(trial.tester.asking("/digest"), status=200)
    found = reply.document.get("collections", {})
    if found.keys() < COLLECTIONS or not all(map(_is_digest, found.values())):
        raise Failed(f"collections: {', '.join(sorted(found))}")


@CHECKS.check(READING, "a month in which nothing was minted has no items")
def _empty_month(trial):
    reply = trial.signed(trial.tester.asking("/digest?collection=Event&month=1970-01"), status=200)
    if reply.document != {"items": {}}:
        raise Failed("something was minted in 1970")


@CHECKS.check(READING, "what is no collection can't be compared")
def _unknown(trial):
    trial.signed(trial.tester.asking("/digest?collection=Person"), status=400, code="query")


@CHECKS.check(READING, "a stranger compares nothing")
def _stranger(trial):
    trial.unsigned(Sealed("GET", "/digest", {"host": trial.wire.host, "accept": MEDIA_TYPE}, b""), status=401)


def _is_digest(part):
    return type(part.get("count")) is int and re.fullmatch("[0-9a-f]{64}", str(part.get("digest"))) is not None
