# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who may see a thing."""

from enum import StrEnum


class Audience(StrEnum):
    """Ever wider: each audience holds the ones before it, but `city` is the home city's staff."""

    COMMUNITY = "community"
    CITY = "city"
    PEERS = "peers"
    PUBLIC = "public"


#: what cities that are not members may have
SHOWN_TO_PEERS = frozenset({Audience.PEERS, Audience.PUBLIC})
