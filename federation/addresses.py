# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which addresses may be connected to: an explicit list, because `ipaddress.is_global` is wrong for many.

Sources: the IANA special-purpose address registries for IPv4 and IPv6 (RFC 6890 and its updates).
"""

from ipaddress import IPv4Network, IPv6Network, ip_address

PUBLIC_V6 = IPv6Network("2000::/3")
RESERVED_V6 = tuple(
    IPv6Network(net)
    for net in (
        "2001::/23",  # IETF protocols: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "3ffe::/16",  # 6bone, given back
        "3fff::/20",  # documentation
    )
)
RESERVED_V4 = tuple(
    IPv4Network(net)
    for net in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, cloud metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # IETF protocols
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)


def is_allowed(address: str) -> bool:
    """Tell whether an address is one of the public internet: all of IPv4 and of 2000::/3, but not what is reserved."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if parsed.version == 4:  # noqa: PLR2004
        return not any(parsed in net for net in RESERVED_V4)
    return parsed.scope_id is None and parsed in PUBLIC_V6 and not any(parsed in net for net in RESERVED_V6)
