# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Contract tests: any implementation of the ports must pass them.

Inherit from `PortsContract` in a test module and give it the fixture `host`: what is asked of it says `Host`. The clock
must be one that stands until it is moved (`memory.Time`).
"""

# ruff: noqa: S101, PLR2004 - these are tests
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any, Protocol

from federation import strict_json
from federation.activities import Received, build_activity, parse_activity
from federation.keys import Purpose
from federation.memory import Time
from federation.origins import Origin
from federation.ports import (
    Arrival,
    Attempt,
    Deliveries,
    Delivery,
    Intake,
    Invitations,
    Kept,
    Level,
    Log,
    OpenInvitation,
    Outcome,
    Peer,
    Peers,
    PeerState,
    RateLimit,
    Stored,
)

PEER = Origin("https://peer.example")
OTHER = Origin("https://other.example")
HERE = Origin("https://here.example")
KEY_ID = f"{PEER}/actor#peer-1"
KEY = bytes(range(32))
ACTIVE = Peer(PEER, PeerState.ACTIVE, Level.WORK, Level.READ, offer_id=f"{PEER}/a/offer")


class Host(Protocol):
    """An empty city to try the ports of."""

    clock: Time
    peers: Peers
    invitations: Invitations
    intake: Intake
    log: Log
    deliveries: Deliveries
    limit: RateLimit

    def transaction(self) -> AbstractContextManager[Any]:
        """Open the host's transaction, for `Log.append`."""


def an_activity(name: str = "1", *, origin: Origin = PEER) -> dict[str, Any]:
    """Build a valid activity."""
    object_ = {"id": f"{origin}/o/{name}", "type": "Event", "name": "Desksharing"}
    return build_activity("Create", id_=f"{origin}/a/{name}", actor=f"{origin}/actor", object_=object_)


def an_arrival(
    host: Host, name: str = "1", *, nonce: str = "n" * 22, document: Mapping[str, Any] | None = None
) -> Arrival:
    """Build what the inbox hands over."""
    activity = document or an_activity(name)
    return Arrival(
        Received(PEER, KEY_ID, parse_activity(activity)),
        strict_json.dumps(activity),
        nonce,
        host.clock() + timedelta(seconds=180),
        host.clock(),
    )


def kept_at_once(host: Host, arrivals: Sequence[Arrival]) -> list[str]:
    """Hand over all at the same moment, each from its own thread; return what became of them, sorted."""
    barrier, results = Barrier(len(arrivals)), list[Kept]()

    def keep(arrival: Arrival) -> None:
        barrier.wait()
        results.append(host.intake.keep(arrival))

    threads = [Thread(target=keep, args=(arrival,)) for arrival in arrivals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(kept.value for kept in results)


def with_peer(host: Host, peer: Peer = ACTIVE) -> None:
    """Let the host know a city."""
    host.peers.add(peer, name="Musterstadt", keys={f"{peer.origin}/actor#peer-1": KEY})


def send(host: Host, name: str, *, object_id: str = "", to: Origin = PEER) -> None:
    """Let the host say something."""
    with host.transaction():
        host.log.append(an_activity(name, origin=HERE), object_id=object_id or f"{HERE}/o/{name}", to=[to])


def due(host: Host, origin: Origin = PEER) -> list[str]:
    """Name what is due."""
    return [delivery.activity_id[-1] for delivery in host.deliveries.due(origin, at=host.clock(), limit=50)]


def first_due(host: Host) -> Delivery:
    """Take what is due first."""
    return host.deliveries.due(PEER, at=host.clock(), limit=1)[0]


def retry(host: Host, *, peer_waits: bool, minutes: float = 2) -> Attempt:
    """Describe an attempt that failed for now."""
    at = host.clock()
    return Attempt(Outcome.RETRY, at, 500, "http_500", at + timedelta(minutes=minutes), peer_waits=peer_waits)


class PeersContract:
    """Peers, keys and invitations."""

    def test_an_unknown_city_and_key_are_none(self, host: Host) -> None:
        assert host.peers.get(PEER) is None
        assert host.peers.key(KEY_ID, at=host.clock()) is None

    def test_a_city_that_was_added_is_found_by_origin_and_key(self, host: Host) -> None:
        with_peer(host)
        found = host.peers.key(KEY_ID, at=host.clock())
        assert found is not None
        assert (found.key_id, found.public_key, found.peer) == (KEY_ID, KEY, ACTIVE)
        assert host.peers.get(PEER) == ACTIVE

    def test_a_key_is_found_for_its_purpose_only(self, host: Host) -> None:
        proof = f"{PEER}/actor#proof-1"
        host.peers.add(ACTIVE, name="Musterstadt", keys={KEY_ID: KEY, proof: KEY})
        assert host.peers.key(proof, at=host.clock()) is None
        assert host.peers.key(proof, at=host.clock(), purpose=Purpose.PROOF) is not None
        assert host.peers.key(KEY_ID, at=host.clock(), purpose=Purpose.PROOF) is None

    def test_a_city_that_is_added_again_has_only_its_new_keys(self, host: Host) -> None:
        with_peer(host, replace(ACTIVE, state=PeerState.ENDED))
        new = {f"{PEER}/actor#peer-2": bytes(reversed(KEY))}
        host.peers.add(replace(ACTIVE, state=PeerState.ASKED), name="Musterstadt", keys=new)
        assert host.peers.key(KEY_ID, at=host.clock()) is None
        found = host.peers.key(f"{PEER}/actor#peer-2", at=host.clock())
        assert found is not None
        assert found.peer.state is PeerState.ASKED

    def test_the_versions_that_a_city_speaks_are_kept(self, host: Host) -> None:
        speaks = replace(ACTIVE, majors=(1, 3))
        with_peer(host, speaks)
        found = host.peers.key(KEY_ID, at=host.clock())
        assert found is not None
        assert (found.peer, host.peers.get(PEER)) == (speaks, speaks)

    def test_settling_changes_state_and_levels(self, host: Host) -> None:
        with_peer(host, Peer(PEER, PeerState.OFFERED, offer_id=ACTIVE.offer_id))
        host.peers.settle(ACTIVE)
        assert host.peers.get(PEER) == ACTIVE

    def test_settling_with_an_answer_delivers_it_to_the_peer_alone(self, host: Host) -> None:
        with_peer(host, Peer(PEER, PeerState.ASKED, offer_id=ACTIVE.offer_id))
        with_peer(host, replace(ACTIVE, origin=OTHER))
        answer = build_activity("Accept", id_=f"{HERE}/a/9", actor=f"{HERE}/actor", object_=ACTIVE.offer_id or "")
        host.peers.settle(ACTIVE, answer=answer)
        assert (due(host), due(host, OTHER)) == (["9"], [])

    def test_an_invitation_works_once(self, host: Host) -> None:
        host.invitations.add(OpenInvitation("i1", bytes(32), host.clock() + timedelta(days=7)))
        assert [each.id for each in host.invitations.open(at=host.clock())] == ["i1"]
        asked = Peer(PEER, PeerState.ASKED, offer_id=ACTIVE.offer_id)
        assert host.invitations.use("i1", by=asked, name="Musterstadt", keys={KEY_ID: KEY})
        assert host.peers.get(PEER) == asked
        again = replace(asked, origin=OTHER)
        assert not host.invitations.use("i1", by=again, name="Andernorts", keys={})
        assert host.peers.get(OTHER) is None
        assert list(host.invitations.open(at=host.clock())) == []

    def test_an_invitation_ends_by_itself(self, host: Host) -> None:
        host.invitations.add(OpenInvitation("i1", bytes(32), host.clock() + timedelta(days=7)))
        host.clock.pass_(days=7)
        assert list(host.invitations.open(at=host.clock())) == []


class IntakeContract:
    """Nonces, activity ids and raw bodies."""

    def test_an_activity_is_new_once(self, host: Host) -> None:
        with_peer(host)
        assert host.intake.keep(an_arrival(host)) is Kept.NEW
        assert host.intake.keep(an_arrival(host, nonce="m" * 22)) is Kept.KNOWN
        assert len(host.intake.waiting(10)) == 1

    def test_a_replay_is_seen_and_has_no_effect(self, host: Host) -> None:
        with_peer(host)
        host.intake.keep(an_arrival(host))
        assert host.intake.keep(an_arrival(host)) is Kept.REPLAYED
        assert len(host.intake.waiting(10)) == 1

    def test_a_nonce_serves_one_activity(self, host: Host) -> None:
        with_peer(host)
        host.intake.keep(an_arrival(host, "1"))
        assert host.intake.keep(an_arrival(host, "2")) is Kept.NONCE_REUSED
        assert host.intake.keep(an_arrival(host, "2", nonce="m" * 22)) is Kept.NEW

    def test_what_waits_comes_in_order_with_the_body_as_signed(self, host: Host) -> None:
        with_peer(host)
        for number in ("1", "2", "3"):
            host.intake.keep(an_arrival(host, number, nonce=number * 22))
        waiting = host.intake.waiting(2)
        assert [(each.sender, each.key_id, each.body) for each in waiting] == [
            (PEER, KEY_ID, strict_json.dumps(an_activity(number))) for number in ("1", "2")
        ]

    def test_what_was_processed_waits_no_more_and_stays_known(self, host: Host) -> None:
        with_peer(host)
        host.intake.keep(an_arrival(host))
        host.intake.processed(host.intake.waiting(1), error="level")
        assert list(host.intake.waiting(10)) == []
        assert host.intake.keep(an_arrival(host, nonce="m" * 22)) is Kept.KNOWN

    def test_what_failed_comes_back_later(self, host: Host) -> None:
        with_peer(host)
        host.intake.keep(an_arrival(host))
        stored: Stored = host.intake.waiting(1)[0]
        host.intake.failed(stored, error="KeyError")
        assert list(host.intake.waiting(10)) == []
        host.clock.pass_(days=1)
        assert [each.id for each in host.intake.waiting(10)] == [stored.id]

    def test_of_ten_copies_at_once_one_is_new(self, host: Host) -> None:
        with_peer(host)
        kept = kept_at_once(host, [an_arrival(host, nonce=str(number) * 22) for number in range(10)])
        assert kept == ["known"] * 9 + ["new"]

    def test_what_comes_at_once_is_told_apart(self, host: Host) -> None:
        with_peer(host)
        pairs = [("1", "a"), ("1", "a"), ("2", "b"), ("2", "c"), ("3", "d"), ("4", "d"), ("5", "e")]
        kept = kept_at_once(host, [an_arrival(host, number, nonce=nonce * 22) for number, nonce in pairs])
        assert kept == ["known", "new", "new", "new", "new", "nonce_reused", "replayed"]
        assert len(host.intake.waiting(10)) == 4


class DeliveriesContract:
    """What waits to be sent."""

    def test_what_was_said_is_due_to_whom_it_was_said_to(self, host: Host) -> None:
        with_peer(host)
        with_peer(host, replace(ACTIVE, origin=OTHER))
        send(host, "1")
        assert (due(host), due(host, OTHER)) == (["1"], [])
        assert [peer.origin for peer in host.deliveries.peers_due(at=host.clock())] == [PEER]

    def test_nothing_is_due_to_a_city_that_is_no_active_peer(self, host: Host) -> None:
        with_peer(host)
        send(host, "1")
        host.peers.settle(replace(ACTIVE, state=PeerState.ENDED))
        assert (due(host), list(host.deliveries.peers_due(at=host.clock()))) == ([], [])

    def test_what_arrived_is_due_no_more(self, host: Host) -> None:
        with_peer(host)
        send(host, "1")
        host.deliveries.record(PEER, first_due(host), Attempt(Outcome.DONE, host.clock(), 202))
        assert due(host) == []

    def test_what_arrived_together_is_due_no_more(self, host: Host) -> None:
        with_peer(host)
        for number in "123":
            send(host, number)
        some = host.deliveries.due(PEER, at=host.clock(), limit=2)
        host.deliveries.record_arrived(PEER, some, Attempt(Outcome.DONE, host.clock(), 202))
        assert due(host) == ["3"]

    def test_what_arrived_together_ends_the_waiting(self, host: Host) -> None:
        with_peer(host)
        for number in "123":
            send(host, number)
        first, second, _ = host.deliveries.due(PEER, at=host.clock(), limit=3)
        host.deliveries.record(PEER, first, retry(host, peer_waits=True))
        host.deliveries.record_arrived(PEER, [second], Attempt(Outcome.DONE, host.clock(), 202))
        assert due(host) == ["3"]

    def test_what_was_refused_for_good_lets_the_next_pass(self, host: Host) -> None:
        with_peer(host)
        send(host, "1", object_id="o")
        send(host, "2", object_id="o")
        host.deliveries.record(PEER, first_due(host), Attempt(Outcome.DEAD, host.clock(), 400, "schema"))
        assert due(host) == ["2"]

    def test_what_failed_holds_back_its_own_object_only(self, host: Host) -> None:
        with_peer(host)
        send(host, "1", object_id="o")
        send(host, "2", object_id="o")
        send(host, "3")
        host.deliveries.record(PEER, first_due(host), retry(host, peer_waits=False))
        assert due(host) == ["3"]
        host.clock.pass_(minutes=2)
        assert due(host) == ["1", "2", "3"]
        assert first_due(host).attempts == 1

    def test_a_peer_that_must_wait_gets_nothing_until_then(self, host: Host) -> None:
        with_peer(host)
        send(host, "1")
        send(host, "2")
        host.deliveries.record(PEER, first_due(host), retry(host, peer_waits=True))
        assert (due(host), list(host.deliveries.peers_due(at=host.clock()))) == ([], [])
        host.clock.pass_(minutes=2)
        assert due(host) == ["1", "2"]

    def test_a_peer_that_is_gone_gets_nothing_more(self, host: Host) -> None:
        with_peer(host)
        send(host, "1")
        send(host, "2")
        host.deliveries.record(PEER, first_due(host), Attempt(Outcome.STOP, host.clock(), 410, "http_410"))
        host.clock.pass_(days=400)
        assert due(host) == []

    def test_no_more_is_given_than_was_asked_for(self, host: Host) -> None:
        with_peer(host)
        for number in "123":
            send(host, number)
        assert len(host.deliveries.due(PEER, at=host.clock(), limit=2)) == 2

    def test_what_is_due_to_several_peers_is_read_at_once(self, host: Host) -> None:
        with_peer(host)
        other = replace(ACTIVE, origin=OTHER)
        with_peer(host, other)
        for number, to in (("1", PEER), ("2", OTHER), ("3", PEER)):
            send(host, number, to=to)
        found = host.deliveries.due_to([ACTIVE, other], at=host.clock(), limit=50)
        assert {origin: [one.activity_id[-1] for one in some] for origin, some in found.items()} == {
            PEER: ["1", "3"],
            OTHER: ["2"],
        }

    def test_of_what_is_due_to_several_no_more_is_read_than_was_asked_for(self, host: Host) -> None:
        with_peer(host)
        for number in "123":
            send(host, number)
        found = host.deliveries.due_to([ACTIVE], at=host.clock(), limit=2)
        assert [one.activity_id[-1] for one in found[PEER]] == ["1", "2"]

    def test_results_of_many_peers_at_once_are_all_written_down(self, host: Host) -> None:
        peers = [replace(ACTIVE, origin=Origin(f"https://peer-{number}.example")) for number in range(10)]
        for peer in peers:
            with_peer(host, peer)
            send(host, peer.origin[-9], to=peer.origin)
        found = host.deliveries.due_to(peers, at=host.clock(), limit=50)
        barrier = Barrier(len(peers))

        def arrive(peer: Peer) -> None:
            barrier.wait()
            host.deliveries.record(peer.origin, found[peer.origin][0], Attempt(Outcome.DONE, host.clock(), 202))

        threads = [Thread(target=arrive, args=(peer,)) for peer in peers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert list(host.deliveries.peers_due(at=host.clock())) == []


class RateLimitContract:
    """How much one source may ask."""

    def test_who_asks_too_often_must_wait_and_others_need_not(self, host: Host) -> None:
        tries = 0
        while host.limit.wait("refused:192.0.2.1") == 0:
            host.limit.count("refused:192.0.2.1")
            tries += 1
            assert tries < 100_000
        assert host.limit.wait("refused:192.0.2.2") == 0
        host.clock.pass_(hours=1)
        assert host.limit.wait("refused:192.0.2.1") == 0


class PortsContract(PeersContract, IntakeContract, DeliveriesContract, RateLimitContract):
    """All of them."""
