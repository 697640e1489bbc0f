# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A measured figure beside the limit measured in the same run."""

from dataclasses import dataclass
from statistics import quantiles


@dataclass(frozen=True, slots=True)
class Figure:
    """A row of the table; `ratio` is value / reference_value, where both have one unit."""

    name: str
    value: float
    unit: str
    reference: str
    reference_value: float
    conditions: str

    @property
    def ratio(self):
        return round(self.value / self.reference_value, 3) if self.reference_value else None

    def row(self):
        return {
            "name": self.name,
            "value": round(self.value, 3),
            "unit": self.unit,
            "reference": self.reference,
            "reference_value": round(self.reference_value, 3),
            "ratio": self.ratio,
            "conditions": self.conditions,
        }


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured; `TINY` only shows that it runs."""

    seconds: float
    connections: int
    meetings: int
    activities: int
    rounds: int
    idle_s: float
    peers: int
    objects: int
    people: int
    votes: int


FULL = Size(
    seconds=3,
    connections=32,
    meetings=10_000,
    activities=2_500,
    rounds=3,
    idle_s=20,
    peers=1_000,
    objects=100_000,
    people=500,
    votes=3_000,
)
TINY = Size(
    seconds=0.3,
    connections=2,
    meetings=20,
    activities=40,
    rounds=1,
    idle_s=0.5,
    peers=20,
    objects=200,
    people=20,
    votes=20,
)


def percentile(values, percent):
    return quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


def table(figures):
    """Write the figures for people."""
    lines = [("name", "value", "unit", "reference", "ratio")]
    lines += [
        (f.name, f"{f.value:.4g}", f.unit, f"{f.reference}: {f.reference_value:.4g}", f"{f.ratio or ''}")
        for f in figures
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
