# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import assume, given
from hypothesis import strategies as st

from federation import keys
from federation.errors import Refused
from tests.federation.peer_cities import a_key


def test_a_key_is_kept_as_pem():
    key = a_key()

    assert keys.from_pem(key.key_id, keys.to_pem(key)).public == key.public


def pem_of(key, encryption=None):
    encryption = encryption or serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


def test_another_kind_of_key_is_refused():
    with pytest.raises(ValueError, match="not an Ed25519 key"):
        keys.from_pem("k", pem_of(rsa.generate_private_key(public_exponent=65537, key_size=2048)))
    with pytest.raises(ValueError, match="not an unencrypted private key"):
        keys.from_pem("k", pem_of(a_key().private, serialization.BestAvailableEncryption(b"secret")))


def test_a_fingerprint_is_sha_256_in_groups_of_four():
    assert keys.fingerprint(b"") == ("e3b0 c442 98fc 1c14 9afb f4c8 996f b924 27ae 41e4 649b 934c a495 991b 7852 b855")


def test_the_multikey_example_of_fep_521a_is_read():
    text = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"

    assert keys.to_multibase(keys.from_multibase(text)) == text


SMALL = [
    bytes(32),
    b"\x01" + bytes(31),
    bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
    bytes.fromhex("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
]


@given(st.binary(min_size=32, max_size=32).filter(lambda raw: raw not in SMALL))
def test_a_key_that_is_written_is_read_the_same(raw):
    assume(int.from_bytes(raw, "little") % 2**255 < 2**255 - 19)

    assert keys.from_multibase(keys.to_multibase(raw)) == raw


@pytest.mark.parametrize("raw", SMALL)
def test_a_key_of_small_order_is_refused(raw):
    with pytest.raises(Refused):
        keys.from_multibase(keys.to_multibase(raw))


@pytest.mark.parametrize("text", [None, 7, "", "z", "6Mk", "z0OIl", "z" + "2" * 80, "z" + "2" * 40])
def test_what_is_no_ed25519_multikey_is_refused(text):
    with pytest.raises(Refused) as refusal:
        keys.from_multibase(text)

    assert refusal.value.status == 400


def test_a_key_of_another_length_is_refused():
    with pytest.raises(Refused):
        keys.check_public(bytes(31))
