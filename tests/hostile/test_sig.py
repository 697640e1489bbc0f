# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Signatures that are missing, broken, borrowed, old or of the wrong kind."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.mail import Mail
from cop.sharing.models import PeerKey
from cop.sharing.peer_keys import confirm_key
from federation.keys import SigningKey, fingerprint
from federation.rotation import announce
from tests.builders import an_account
from tests.hostile import floods, peerings
from tests.hostile.catalogue import cases
from tests.hostile.instance import HOST
from tests.hostile.mutations import mutated
from tests.hostile.signing import Key
from tests.hostile.verdict import Verdict, refused


@pytest.fixture
def keys(cities):
    """The cities' keys by the catalogue's names."""
    return {origin.removeprefix("https://").removesuffix(".example"): city.key for origin, city in cities.items()}


@pytest.fixture
def world(live, stranger, peer_b, peer_c, keys):
    """All that a scenario may need."""
    return World(live, stranger, peer_b, peer_c, keys)


class World:
    """The cities a scenario plays with."""

    def __init__(self, live, stranger, peer_b, peer_c, keys):
        self.live, self.stranger, self.peer_b, self.peer_c, self.keys = live, stranger, peer_b, peer_c, keys

    def valid(self, city):
        """A request that would be accepted."""
        return city.draft(city.activity(city.event()))

    def post(self, sealed, **options):
        return self.live.send(sealed, address=self.live.address(), **options)


def _replayed(world, case):
    sealed = world.valid(world.peer_b).seal()
    first = world.post(sealed)
    assert first.status == 202
    with Verdict(world.live, case) as verdict:
        for _ in range(case.setup["mutate"]["replay_times"] - 1):
            verdict.take(world.post(sealed))


def _blocked_behind_another(world, case):
    """Content of a blocked city comes through an approved one."""
    blocked = world.stranger()
    blocked.change(state="ended", level_in=0, level_out=0)
    forwarded = blocked.activity(blocked.event())
    with Verdict(world.live, case) as verdict:
        verdict.take(world.post(world.peer_c.draft(forwarded).seal()))
        verdict.take(world.post(world.peer_c.draft(world.peer_c.activity(blocked.event())).seal()))


def _not_yet_approved(world, case):
    asking = world.stranger(state="asked")
    with Verdict(world.live, case) as verdict:
        verdict.take(world.post(world.valid(asking).seal()))


def _after_the_grace_period(world, case):
    city = world.stranger()
    with world.live.app.app_context(), transaction():
        key = db.session.scalars(select(PeerKey).where(PeerKey.key_id == city.key.key_id)).one()
        key.valid_until = now() - timedelta(seconds=1)
    with Verdict(world.live, case) as verdict:
        verdict.take(world.post(world.valid(city).seal()))


def _announced_rotation(world, case):
    """A new key, announced with the old one; our administrators are told, and it counts when they confirmed it."""
    city = world.stranger()
    new = Key(f"{city.origin}/actor#peer-2")
    old_one, new_one = SigningKey(city.key.key_id, city.key.private), SigningKey(new.key_id, new.private)
    said = city.actor() | {"cop:rotation": announce(origin=city.origin, old=old_one, new=new_one)}
    email = f"{uuid4().hex[:8]}@{HOST}"
    with world.live.app.app_context(), transaction():
        an_account(is_admin=True, email=email)

    def with_new_key():
        return world.post(city.draft(city.activity(city.event()), key=new).seal()).status

    def is_pending(verdict):
        world.live.come_to_rest()
        assert with_new_key() == 401

    def counts_when_confirmed(verdict):
        with world.live.app.app_context(), transaction():
            confirm_key(city.origin, new.key_id, by=None)
        assert with_new_key() == 202
        assert world.post(world.valid(city).seal()).status == 202

    def is_told(verdict):
        with world.live.app.app_context():
            assert (
                db.session.scalar(select(Mail.body).where(Mail.recipient == email)).count(fingerprint(new.public)) == 1
            )

    checks = {
        "new_key_pending": is_pending,
        "active_after_admin_confirms_fingerprint_or_24h_without_objection": counts_when_confirmed,
        "both_admins_notified": is_told,
    }
    with Verdict(world.live, case, checks=checks) as verdict:
        verdict.take(world.post(city.draft(city.activity(said, "Update")).seal()))


def _blind_rotation(world, case):
    """A new key of a known city that nobody announced."""
    with Verdict(world.live, case) as verdict:
        mutate = {"keyid": f"{world.peer_b.origin}/actor#key-2", "sign_with": "random"}
        verdict.take(world.post(mutated(world.valid(world.peer_b), mutate, keys=world.keys)))


#: what a `mutate` says that is more than one changed request
SCENARIOS = {
    "replay_times": _replayed,
    "via": _blocked_behind_another,
    "peer_state": _not_yet_approved,
    "rotate_announced": _announced_rotation,
    "rotate_old_after_grace": _after_the_grace_period,
    "rotate_blind": _blind_rotation,
    "peer_key": peerings.offer_with_another_kind_of_key,
    "flood": floods.bad_signatures,
}


@cases("sig")
def test_a_signature(world, case):
    mutate = case.setup["mutate"]
    scenario = mutate.get("scenario") or next((name for name in SCENARIOS if name in mutate), None)
    if scenario is not None:
        SCENARIOS[scenario](world, case)
        return
    raw = mutate.get("created_raw", [None])
    variants = [mutate if value is None else mutate | {"created_raw": value} for value in raw]
    with Verdict(world.live, case) as verdict:
        for variant in variants:
            sealed = mutated(world.valid(world.peer_b), variant, keys=world.keys)
            verdict.take(world.post(sealed))


def test_what_the_mutations_start_from_is_accepted(world):
    assert world.post(world.valid(world.peer_b).seal()).status == 202


def test_the_interpreter_refuses_what_it_does_not_know(world):
    with pytest.raises(AssertionError, match="nobody knows"):
        mutated(world.valid(world.peer_b), {"sign_it_twice": True}, keys=world.keys)


def test_a_signature_of_a_get_is_checked_as_strictly(world):
    path = f"/o/{world.peer_b.group.rpartition('/')[2]}"
    draft = world.peer_b.draft({}, method="GET", path=path, headers={"accept": "application/activity+json"})
    draft.body, draft.digest = b"", None
    sealed = mutated(draft, {"flip_signature_bit": True}, keys=world.keys)

    assert refused(world.post(sealed)) == (401, "signature")
