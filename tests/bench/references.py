# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The bare limits, measured in the same run: what no inbox built of these parts can do without."""

import time
from itertools import cycle
from types import SimpleNamespace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageVerifier, MappingKeyResolver
from http_message_signatures.algorithms import ED25519
from sqlalchemy import create_engine, event, insert

from cop.base.clock import now
from cop.base.db import _set_pragmas, new_id
from cop.sharing.models import ReceivedActivity
from federation.signing import content_digest
from tests.bench.load import again_and_again, drive, on_core, request_bytes

COVERED = {
    f'"{name}"'
    for name in ("@method", "@target-uri", "@authority", "content-type", "content-digest", "@signature-params")
}


def hellos_per_second(origin, size):
    """Flask saying hello under uvicorn and a2wsgi, over the same connections."""
    request = request_bytes("GET", f"{origin}/")
    drive(origin, again_and_again(request), connections=size.connections, seconds=size.seconds / 4)
    return drive(origin, again_and_again(request), connections=size.connections, seconds=size.seconds).per_second


def verifications_per_second(requests, *, key, size):
    """A strict call of the signature library, on the server's core."""
    waiting = cycle(requests)
    keys = MappingKeyResolver(public_keys={key.key_id: key.private.public_key()}, private_keys={})
    verifier = HTTPMessageVerifier(signature_algorithm=ED25519, key_resolver=keys)

    def verify():
        request = next(waiting)
        message = SimpleNamespace(method=request.method, url=request.url, headers=request.headers)
        (result,) = verifier.verify(message, expect_tag="cop-fed/1", expect_label="sig1")
        assert set(result.covered_components) == COVERED
        assert request.headers["content-digest"] == content_digest(request.body)

    return _per_second(verify, size)


def commits_per_second(folder, body, size):
    """SQLAlchemy Core: one activity inserted and committed, SQLite WAL with synchronous=FULL as the product sets it."""
    engine = create_engine(f"sqlite:///{folder / 'commits.sqlite'}")
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    ReceivedActivity.__table__.create(engine, checkfirst=True)
    statement = insert(ReceivedActivity.__table__)

    def commit():
        row_id = new_id()
        facts = {
            "sender": "https://a.example",
            "activity_id": f"https://a.example/a/{row_id}",
            "key_id": "k",
            "body": body,
        }
        with engine.begin() as connection:
            connection.execute(statement, {"id": row_id, "received_at": now(), "due_at": now(), **facts})

    try:
        return _per_second(commit, size)
    finally:
        engine.dispose()


def proofs_per_second(size):
    """Ed25519 over two hashes, as a proof is: without its canonical form."""
    key = Ed25519PrivateKey.generate()
    hashes = bytes(64)
    signature, public = key.sign(hashes), key.public_key()
    return _per_second(lambda: public.verify(signature, hashes), size)


def _per_second(work, size):
    with on_core(0):
        done, begun = 0, time.perf_counter()
        while time.perf_counter() < begun + size.seconds:
            work()
            done += 1
        return done / (time.perf_counter() - begun)
