# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What comes before and after: finding the city, becoming its peer, parting again."""

import json
import time
from urllib.parse import quote
from uuid import uuid4

from tests.conformance.tester import Tester, fingerprint, raw_key
from tests.conformance.trial import VERSION, Check, Failed, Trial, require_answer
from tests.hostile.signing import MEDIA_TYPE, Sealed

LOOKS_AGAIN_AFTER_S = 2


def read(wire, path, accept=MEDIA_TYPE):
    """Ask as anybody might."""
    return wire.send(Sealed("GET", path, {"host": wire.host, "accept": accept}, b""))


def keys_of(wire):
    """Read the city's keys for requests out of its actor document."""
    methods = read(wire, "/actor").document.get("assertionMethod") or []
    keys = {method["id"]: raw_key(method["publicKeyMultibase"]) for method in methods}
    return {key_id: key for key_id, key in keys.items() if key and "#peer-" in key_id}


def discovery(wire, invitation):
    """Check what strangers find; nothing here needs a peering."""
    yield Check("Actors, ids, keys", "the actor document is the city's", lambda _: _actor(wire))
    yield Check("Actors, ids, keys", "it has a key for requests", lambda _: _keys(wire))
    if invitation is not None:
        yield Check("Peering", "the key is the one that the invitation names", lambda _: _invited(wire, invitation))
    yield Check("Discovery", "WebFinger finds the actor", lambda _: _found(wire))
    yield Check("Discovery", "NodeInfo names the actor", lambda _: _nodeinfo(wire))


def _actor(wire):
    reply = read(wire, "/actor")
    require_answer(reply, 200, None)
    told = reply.document
    expected = {"id": f"{wire.origin}/actor", "type": "Application", "inbox": f"{wire.origin}/inbox"}
    if reply.headers.get("content-type") != MEDIA_TYPE or {name: told.get(name) for name in expected} != expected:
        raise Failed("not the actor document of this city")
    if VERSION not in told.get("cop:versions", [VERSION]):
        raise Failed(f"does not speak {VERSION}")


def _keys(wire):
    keys = keys_of(wire)
    if not keys or not all(key_id.startswith(f"{wire.origin}/actor#") for key_id in keys):
        raise Failed("no Ed25519 key #peer-N of its own")


def _invited(wire, invitation):
    if invitation["origin"] != wire.origin:
        raise Failed(f"the invitation is of {invitation['origin']}")
    if invitation["fingerprint"] not in [fingerprint(key) for key in keys_of(wire).values()]:
        raise Failed("no key has the fingerprint that the invitation names")


def _found(wire):
    path = f"/.well-known/webfinger?resource={quote(f'{wire.origin}/actor')}"
    _leads_to_the_actor(wire, read(wire, path, "application/jrd+json"))


def _nodeinfo(wire):
    _leads_to_the_actor(wire, read(wire, "/.well-known/nodeinfo", "application/json"))


def _leads_to_the_actor(wire, reply):
    require_answer(reply, 200, None)
    if f"{wire.origin}/actor" not in [link.get("href") for link in reply.document.get("links", [])]:
        raise Failed("none of its links leads to the actor")


def handshake(invitation, offer_id):
    """Offer to peer, wrongly and rightly."""

    def post(trial, **changes):
        return trial.tester.draft(trial.tester.offer(invitation, offer_id, **changes), path="/peering")

    def forged(trial):
        trial.unsigned(post(trial, token=b"x" * 32), status=401, code="invitation")

    def offered(trial):
        for _ in range(2):
            trial.signed(post(trial), status=202)

    def used(trial):
        other = Trial(Tester("https://another.example", wire=trial.wire), trial.wire, trial.keys)
        draft = other.tester.draft(other.tester.offer(invitation, other.tester.id()), path="/peering")
        other.unsigned(draft, status=401, code="invitation")

    def waiting(trial):
        trial.signed(trial.tester.draft(), status=403, code="not_peered")

    yield Check("Peering", "an offer without the invitation's token is refused", forged)
    yield Check("Peering", "an offer with the token is taken, twice as once", offered)
    yield Check("Peering", "an invitation works once", used)
    yield Check("Peering", "before the administrator confirmed nothing is taken", waiting)


def is_peer(trial):
    """Tell whether the city's administrator confirmed."""
    _, reply = trial.send(trial.tester.asking(f"/o/{uuid4()}"))
    return reply.status == 404


def wait_until_peer(trial, seconds):
    """Wait until the city's administrator confirmed; tell whether."""
    deadline = time.monotonic() + seconds
    while not is_peer(trial):
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOKS_AGAIN_AFTER_S)
    return True


def parting(offer_id):
    """End the peering, as who made the offer does."""

    def ended(trial):
        trial.signed(trial.tester.draft(trial.tester.activity("Undo", offer_id)), status=202)

    yield Check("Peering", "who made the offer may end the peering", ended)


def remember(path, tester, offer_id):
    """Keep who we are, so that the test can go on when the administrator has confirmed."""
    seed = tester.key.private.private_bytes_raw().hex()
    path.write_text(json.dumps({"origin": tester.origin, "seed": seed, "offer": offer_id}), encoding="utf-8")
    path.chmod(0o600)
