# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What happens between cities."""

from dataclasses import dataclass

from cop.base.events import Event


@dataclass(frozen=True, slots=True)
class PeerAsked(Event):
    """A city used an invitation of ours and waits for our administrator."""

    origin: str


@dataclass(frozen=True, slots=True)
class PeerConnected(Event):
    """Both sides confirmed."""

    origin: str


@dataclass(frozen=True, slots=True)
class PeerEnded(Event):
    """A peering is over, because we said so or they did."""

    origin: str
    by_us: bool


@dataclass(frozen=True, slots=True)
class KeysChanged(Event):
    """A key of ours is new, or was given up."""


@dataclass(frozen=True, slots=True)
class PeerKeysChanged(Event):
    """Our administrators confirmed a key of a peer."""

    origin: str


@dataclass(frozen=True, slots=True)
class LevelsChanged(Event):
    """A peer may have or do more than before, or less."""

    origin: str
