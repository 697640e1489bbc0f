# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Offers to peer, right and wrong."""

import os
import secrets
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cop.base.clock import now
from cop.sharing.stores import SqlInvitations
from federation.invitations import City as Offering
from federation.invitations import proof, token_hash
from federation.ports import OpenInvitation
from tests.hostile.instance import ORIGIN, City
from tests.hostile.verdict import Verdict

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
RSA_PUBLIC = b"\x85\x24"


def multibase(raw):
    number, digits = int.from_bytes(raw), ""
    while number:
        number, digit = divmod(number, 58)
        digits = BASE58[digit] + digits
    return f"z{digits}"


def rsa_key(bits):
    public = rsa.generate_private_key(65537, bits).public_key()
    return multibase(RSA_PUBLIC + public.public_bytes(Encoding.DER, PublicFormat.PKCS1))


def an_invitation(live):
    """Let an administrator of city A invite; returns the secret."""
    token = secrets.token_bytes(32)
    with live.app.app_context():
        invitation = OpenInvitation(os.urandom(8).hex(), token_hash(token), now() + timedelta(days=7))
        SqlInvitations().add(invitation)
    return token


def an_offer(city, token):
    """The offer of a city that was invited."""
    offering = Offering(city.origin, "Stadt Musterhausen", {city.key.key_id: city.key.public})
    said = offering.document()
    object_ = {
        "type": "cop:Peering",
        "name": said["name"],
        "assertionMethod": said["assertionMethod"],
        "cop:proof": proof(token_hash(token), to=ORIGIN, city=offering),
    }
    return city.activity(object_, "Offer", target=f"{ORIGIN}/actor")


def offer_with_another_kind_of_key(world, case):
    city = City(f"https://offering-{os.urandom(4).hex()}.example", live=world.live)
    offer = an_offer(city, an_invitation(world.live))
    bits = int(case.setup["mutate"]["peer_key"].removeprefix("rsa"))
    offer["object"]["assertionMethod"][0]["publicKeyMultibase"] = rsa_key(bits)
    with Verdict(world.live, case) as verdict:
        verdict.take(city.post(offer, path="/peering", address=world.live.address()))
