# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Whatever three cities do and whatever becomes of the network between them, in the end all agree.

COP_HISTORIES says how many histories run, COP_FIRST_HISTORY from which one on; the number of a history is its seed.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.databases import copied, fresh_database
from tests.live.acts import Acts
from tests.live.faulty_network import FaultyNetwork
from tests.live.histories import History
from tests.live_instance import LiveInstance, settle

#: `make torture` asks for 1000
HISTORIES = int(os.environ.get("COP_HISTORIES", "6"))
FIRST = int(os.environ.get("COP_FIRST_HISTORY", "1"))
#: in one test; several tests can run side by side
TOGETHER = 25


@dataclass
class World:
    """Three partners with members in each other's communities; each history begins there."""

    network: FaultyNetwork
    cities: list[LiveInstance]
    databases: list[str]
    folder: Path

    def begin_anew(self, number: int) -> None:
        for city, database in zip(self.cities, self.databases, strict=True):
            city.restart(database=copied(database, self.folder / str(number) / city.short / "reihum.sqlite"))


@pytest.fixture(scope="module")
def world(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("histories")
    network = FaultyNetwork()
    cities = [
        LiveInstance(short, fresh_database(template, folder / short / "reihum.sqlite"), network=network)
        for short in ("Kassel", "Aalborg", "Heidelberg")
    ]
    for at, city in enumerate(cities):
        for other in cities[at + 1 :]:
            city.peer_with(other)
    acts = Acts(random.Random(0))
    for act in (acts.settle_in, acts.join, acts.join, acts.join):
        for city in cities:
            city.do(act)
        settle(*cities)
    for city in cities:
        city.close()  # all that was written is in its file
    yield World(network, cities, [city.settings.database for city in cities], folder)
    for city in cities:
        city.close()
    network.close()


@pytest.mark.parametrize("first", range(FIRST, FIRST + HISTORIES, TOGETHER))
def test_cities_agree_whatever_happened(world: World, first: int) -> None:
    numbers = range(first, min(first + TOGETHER, FIRST + HISTORIES))
    happened: Counter[str] = Counter()
    begun = time.monotonic()

    for number in numbers:
        world.begin_anew(number)
        history = History(world.cities, world.network, number)
        wrong = history.run()
        happened += history.happened()
        assert wrong == [], "\n".join([f"history {number}", *history.told, *wrong])

    print(f"{len(numbers)} histories from {first} on agree, {time.monotonic() - begun:.0f} s: {dict(happened)}")
