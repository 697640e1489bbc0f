# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.addresses import RESERVED_V4, is_allowed

REFUSED = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.9",
    "192.0.0.10",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:2::1",
    "2001:10::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "2a00::1%1",
    "fec0::1",
    "ff02::1",
    "localhost",
    "",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "①②⑦.⓪.⓪.①",
]


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_is_not_of_the_public_internet_is_refused(address):
    assert not is_allowed(address)


@pytest.mark.parametrize("address", ["203.0.114.10", "8.8.8.8", "172.32.0.1", "2a00:1450::1", "2606:4700::1111"])
def test_a_public_address_is_allowed(address):
    assert is_allowed(address)


@given(st.ip_addresses(v=6))
def test_nothing_outside_global_unicast_is_allowed(address):
    assert not is_allowed(str(address)) or 0x2 <= int(address) >> 124 <= 0x3


@given(st.sampled_from(RESERVED_V4), st.data())
def test_nothing_of_a_reserved_net_is_allowed(net, data):
    offset = data.draw(st.integers(0, net.num_addresses - 1))

    assert not is_allowed(str(net[offset]))
