# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A random history of three cities: people act, the network fails, cities start anew, and in the end all agree."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta

import time_machine

from cop.base.clock import now
from cop.base.errors import Problem
from cop.sharing import jobs
from tests.live.acts import Acts, NothingToDo
from tests.live.agreement import faults
from tests.live.faulty_network import Fault, FaultyNetwork
from tests.live_instance import LiveInstance, settle

STEPS = 60
#: so many things there may be before a history begins
BEFORE = 100
#: who finds nothing to do does something else, so often
TRIES = 4
#: share of all requests that meet a fault
FAULTS = {
    Fault.LOST: 0.06,
    Fault.UNANSWERED: 0.06,
    Fault.DELAYED: 0.02,
    Fault.REPEATED: 0.06,
    Fault.OVERTAKEN: 0.06,
    Fault.BENT: 0.03,
    Fault.GARBAGE: 0.03,
    Fault.DRIBBLED: 0.01,
    Fault.HALF_CLOSED: 0.03,
}
#: seconds that pass; some of it long enough for what is read hourly
PAUSES_S = (1, 1, 5, 20, 90, 900, 4000)
#: after the network healed, cities read each other hourly
HOURS = 12


class History:
    """One history; the same again with the same seed, as far as cities are.

    Args:
        cities: three partners that have nothing else.
        network: between them.
        seed: of all that happens.
    """

    def __init__(self, cities: Sequence[LiveInstance], network: FaultyNetwork, seed: int) -> None:
        self.cities = list(cities)
        self.network = network
        self.chance = random.Random(f"history {seed}")
        self.acts = Acts(self.chance, marks=BEFORE)
        self.told: list[str] = []
        network.begin_anew(seed, FAULTS)

    def run(self) -> list[str]:
        """Let it happen and heal; return what is wrong in the end."""
        with time_machine.travel(now()) as clock:
            for _ in range(STEPS):
                clock.shift(timedelta(seconds=self.chance.choice(PAUSES_S)))
                self._step()
            self.network.heal()
            for _ in range(HOURS):
                clock.shift(timedelta(hours=1, minutes=5))
                settle(*self.cities)
                wrong = faults(self.cities, self.acts)
                if not wrong:
                    return []
        return wrong

    def _step(self) -> None:
        city = self.chance.choice(self.cities)
        throw = self.chance.random()
        if throw < 0.55:
            for _ in range(TRIES):
                if self._act(city, self.acts.any_of()):
                    break
        elif throw < 0.93:
            self._work(city, self.chance.choice([city.deliver, city.deliver, city.process, city.process, city.read]))
        elif throw < 0.97:
            self._part_or_mend(city)
        else:
            self._restart(city)

    def _act(self, city: LiveInstance, act: Callable[[], None]) -> bool:
        """Let somebody do something; tell whether there was something to do."""
        try:
            with city.at_work():
                act()
            became = "done"
        except Problem as refused:
            became = refused.code
        except NothingToDo:
            return False
        self.told.append(f"{city.short}: {act.__name__} ({became})")
        return True

    def _work(self, city: LiveInstance, work: Callable[[], int]) -> None:
        self.told.append(f"{city.short}: {work.__name__} {work()}")

    def _part_or_mend(self, city: LiveInstance) -> None:
        other = self.chance.choice([one for one in self.cities if one is not city])
        if self.chance.random() < 0.6:
            self.network.part(city.short, other.short)
            self.told.append(f"{city.short} and {other.short} are parted")
        else:
            self.network.mend()
            self.told.append("nobody is parted")

    def _restart(self, city: LiveInstance) -> None:
        city.restart()
        with city.app.app_context():
            jobs.begin(city.settings.database)
        self.told.append(f"{city.short} starts anew")

    def happened(self) -> Counter[str]:
        """Count what the network did and what people got done."""
        return Counter({str(fault): times for fault, times in self.network.seen().items()}) + Counter(
            line.partition(": ")[2].partition(" ")[0] for line in self.told if line.endswith("(done)")
        )
