# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""How two cities come to trust each other's keys: invitation, offer, acceptance. Never trust on first use.

1. A's administrator makes an invitation (`invite`) and passes it on outside the system.
2. B's administrator pastes it (`look`), sees name, origin and fingerprint, and confirms (`offer`).
3. A receives the offer (`receive`); its administrator sees the same facts and confirms (`accept`).
4. B receives the acceptance through its inbox, signed with the key that the invitation named (`accepted`).
"""

import hmac
import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Any

from federation import strict_json
from federation.activities import JSON, VerifiedActivity, build_activity, new_activity_id, parse_activity
from federation.calling import Caller, Unproved
from federation.errors import InvalidUrlError, Refused, Unreachable, forbidden, unauthenticated
from federation.inbox import MEDIA_TYPE, read_document
from federation.invitations import City, Invitation, proof, read_city, token_hash
from federation.keys import Keyring, Purpose, fingerprint
from federation.origins import Origin, parse_object_id
from federation.ports import (
    Clock,
    Invitations,
    Level,
    OpenInvitation,
    Peer,
    Peers,
    PeerState,
    RateLimit,
    Request,
    SecurityEvent,
    SecurityEvents,
    Transport,
)
from federation.signing import claimed_key_id, verify_request
from federation.versions import highest_common

VALID_FOR = timedelta(days=7)
PATH = "/peering"
REFUSALS = range(400, 500)


class Peering:
    """The handshake, from both sides.

    Args:
        city: ourselves; of several keys for requests the newest first.
        key: what we sign requests with.
        development: whether loopback peers are allowed.
    """

    def __init__(
        self,
        *,
        city: City,
        key: Keyring,
        peers: Peers,
        invitations: Invitations,
        transport: Transport,
        limit: RateLimit,
        events: SecurityEvents,
        clock: Clock,
        development: bool = False,
    ) -> None:
        self._city = city
        self._caller = Caller(key=key, peers=peers, transport=transport, clock=clock)
        self._peers = peers
        self._invitations = invitations
        self._transport = transport
        self._limit = limit
        self._events = events
        self._clock = clock
        self._development = development

    def invite(self) -> Invitation:
        """Make an invitation: works once, for seven days."""
        token = secrets.token_bytes(32)
        until = self._clock() + VALID_FOR
        self._invitations.add(OpenInvitation(secrets.token_hex(8), token_hash(token), until))
        return Invitation(self._city.origin, token, self._city.fingerprints[0])

    def look(self, invitation: Invitation) -> City:
        """Ask the inviting city who it is, and check that it has the key that the invitation names.

        Returned with this key alone: nothing has proved the others yet. The city says them later, signed with this one.

        Raises:
            Refused: when the answer is not what the invitation promised.
            Unreachable: when there is no answer.
        """
        city = self._ask(invitation.origin)
        named = {
            key_id: key
            for key_id, key in city.keys_for(Purpose.PEER).items()
            if hmac.compare_digest(fingerprint(key), invitation.fingerprint)
        }
        if not named:
            raise forbidden("fingerprint", "not the key that the invitation names")
        if highest_common(city.majors) is None:
            raise forbidden("version", "no version of the protocol that both cities speak")
        return replace(city, keys=named)

    def present_keys(self, origin: Origin) -> dict[str, bytes]:
        """Ask a city which keys it signs requests with. Nothing proves them: administrators compare them.

        Raises:
            Refused: when the answer is not that of this city.
            Unreachable: when there is no answer.
        """
        return self._ask(origin).keys_for(Purpose.PEER)

    def _ask(self, origin: Origin) -> City:
        answer = self._transport.send(Request("GET", f"{origin}/actor", {"accept": MEDIA_TYPE}))
        if answer.status != 200:  # noqa: PLR2004
            raise Unreachable("answer", f"status {answer.status}")
        document = strict_json.loads(answer.body)
        city = read_city(document, origin=origin, development=self._development)
        if document.get("id") != f"{origin}/actor":
            raise forbidden("origin", "the answer is about another city")
        return city

    def offer(self, invitation: Invitation, city: City, *, level_in: Level, level_out: Level) -> None:
        """Send our offer, and pin the other city's keys to wait for its answer. Doing it again does no harm.

        Raises:
            Refused: 403 when there is a peering already, or the other city refuses.
            Unreachable: when there is no answer, or none that the other city signed.
        """
        known = self._peers.get(city.origin)
        if known is not None and known.state is PeerState.ENDED:
            known = None  # what ended may begin anew, with another offer
        if known is not None and known.state is not PeerState.OFFERED:
            raise forbidden("already_peered", "there is a peering with this city")
        offer_id = known.offer_id if known and known.offer_id else new_activity_id(self._city.origin)
        peer = Peer(city.origin, PeerState.OFFERED, level_in, level_out, offer_id, city.majors)
        if known is None:
            self._peers.add(peer, name=city.name, keys=city.keys)
        else:
            self._peers.settle(peer)
        self._send(city.origin, self._offer_document(invitation, offer_id))

    def _offer_document(self, invitation: Invitation, offer_id: str) -> JSON:
        said = self._city.document()
        return build_activity(
            "Offer",
            id_=offer_id,
            actor=f"{self._city.origin}/actor",
            target=f"{invitation.origin}/actor",
            object_={
                "type": "cop:Peering",
                "name": said["name"],
                "cop:versions": said["cop:versions"],
                "assertionMethod": said["assertionMethod"],
                "cop:proof": proof(token_hash(invitation.token), to=invitation.origin, city=self._city),
            },
        )

    def _send(self, to: Origin, document: JSON) -> None:
        """Send an offer; a refusal need not be signed: who refuses it does not know us."""
        try:
            status = self._caller.post(to, PATH, strict_json.dumps(document)).status
        except Unproved as fault:
            if fault.answer.status not in REFUSALS:
                raise
            status = fault.answer.status
        if status != 202:  # noqa: PLR2004
            raise forbidden("offer_refused", f"the other city answered {status}")

    def receive(self, request: Request) -> Peer:
        """Take an offer from a city that used an invitation of ours; it waits for our administrator.

        Signed with one of the offered keys, proved by the invitation's token, for us, and of its own origin. The same
        offer again is taken without effect.

        Raises:
            Refused: with the status to answer.
        """
        try:
            return self._receive(request)
        except Refused as refusal:
            self._events.record(SecurityEvent(f"peering_{refusal.code}", refusal.detail, self._clock()))
            if refusal.status == 401:  # noqa: PLR2004
                self._limit.count(f"refused:{request.address}")
            raise

    def _receive(self, request: Request) -> Peer:
        if seconds := self._limit.wait(f"refused:{request.address}"):
            raise Refused("rate", "too many requests", 429, retry_after=seconds)
        activity = parse_activity(read_document(request))
        city = self._offering_city(activity.actor, activity.embedded)
        self._verify(request, city)
        if not activity.id.startswith(f"{city.origin}/") or activity.target != f"{self._city.origin}/actor":
            raise forbidden("origin", "not an offer of this city to us")
        known = self._peers.get(city.origin)
        if known is not None and known.state is not PeerState.ENDED:
            if known.offer_id == activity.id and known.state in {PeerState.ASKED, PeerState.ACTIVE}:
                return known
            raise forbidden("already_peered", "there is a peering with this city")
        peer = Peer(city.origin, PeerState.ASKED, offer_id=activity.id, majors=city.majors)
        self._use_invitation(peer, city, activity.embedded.get("cop:proof"))
        return peer

    def _offering_city(self, actor: str, offered: JSON) -> City:
        try:
            origin = parse_object_id(actor, development=self._development).origin
        except InvalidUrlError as error:
            raise forbidden("origin", f"actor: {error}") from error
        if origin == self._city.origin or actor != f"{origin}/actor":
            raise forbidden("origin", "actor: not another city")
        return read_city(offered, origin=origin, development=self._development)

    def _verify(self, request: Request, city: City) -> None:
        key_id = claimed_key_id(request.headers)
        if key_id not in city.keys_for(Purpose.PEER):
            raise unauthenticated("unknown_key", "not signed with an offered key")
        verify_request(request, key_id=key_id, public_key=city.keys[key_id], at=self._clock())

    def _use_invitation(self, peer: Peer, city: City, shown: object) -> None:
        for invitation in self._invitations.open(at=self._clock()):
            expected = proof(invitation.token_hash, to=self._city.origin, city=city)
            if isinstance(shown, str) and hmac.compare_digest(expected.encode(), shown.encode()):
                if self._invitations.use(invitation.id, by=peer, name=city.name, keys=city.keys):
                    return
                break
        raise unauthenticated("invitation", "no invitation of ours, or used, or too old")

    def accept(self, origin: Origin, *, level_in: Level, level_out: Level) -> Peer:
        """Confirm an offer: the peering is active, and the acceptance goes out with the deliveries.

        Raises:
            Refused: 403 when this city did not offer.
        """
        peer = replace(self._asking(origin), state=PeerState.ACTIVE, level_in=level_in, level_out=level_out)
        answer = build_activity(
            "Accept",
            id_=new_activity_id(self._city.origin),
            actor=f"{self._city.origin}/actor",
            object_=peer.offer_id or "",
        )
        self._peers.settle(peer, answer=answer)
        return peer

    def reject(self, origin: Origin) -> Peer:
        """Turn an offer down. Nothing is sent to a city that is no peer: its administrator knows ours.

        Raises:
            Refused: 403 when this city did not offer.
        """
        peer = replace(self._asking(origin), state=PeerState.ENDED)
        self._peers.settle(peer)
        return peer

    def _asking(self, origin: Origin) -> Peer:
        peer = self._peers.get(origin)
        if peer is None or peer.state is not PeerState.ASKED:
            raise forbidden("not_asked", "this city did not offer a peering")
        return peer

    def accepted(self, verified: VerifiedActivity) -> Peer | None:
        """Take the answer to our offer: an acceptance makes the peering active; a rejection ends it, also later.

        Return the peer when this activity is such an answer, else None, so that a handler can look further.
        """
        peer = self._peers.get(verified.sender)
        if peer is None or verified.activity.object_id != peer.offer_id:
            return None
        if verified.activity.type == "Accept":
            return self._settled(peer, PeerState.ACTIVE) if peer.state is PeerState.OFFERED else peer
        return self._settled(peer, PeerState.ENDED)

    def undone(self, verified: VerifiedActivity) -> Peer | None:
        """Take that the city that once offered the peering ends it.

        Return the peer when this activity says so, else None, so that a handler can look further.
        """
        peer = self._peers.get(verified.sender)
        if peer is None or verified.activity.object_id != peer.offer_id:
            return None
        return self._settled(peer, PeerState.ENDED)

    def _settled(self, peer: Peer, state: PeerState) -> Peer:
        if peer.state is state:
            return peer
        settled = replace(peer, state=state)
        if state is PeerState.ENDED:
            settled = replace(settled, level_in=Level.BLOCKED, level_out=Level.BLOCKED)
        self._peers.settle(settled)
        return settled


def farewell(peer: Peer, *, by: Origin) -> dict[str, Any]:
    """Write that we end a peering: who once offered it takes the offer back, who accepted it no longer does."""
    offer = peer.offer_id or ""
    ours = offer.startswith(f"{by}/")
    actor = f"{by}/actor"
    object_ = {"type": "Offer", "id": offer, "actor": actor} if ours else offer
    return build_activity("Undo" if ours else "Reject", id_=new_activity_id(by), actor=actor, object_=object_)
