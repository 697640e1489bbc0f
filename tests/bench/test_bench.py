# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Each benchmark runs at a tiny size; nothing here depends on how fast."""

import pytest

from tests.bench.benches import BENCHES
from tests.bench.figure import TINY, Figure, percentile, table
from tests.bench.query_counts import queries_per_page


@pytest.mark.parametrize("name", ["inbox", "fanout", "catchup", "page", "room", "worker"])
def test_each_benchmark_measures_what_its_name_says(name):
    figures = list(BENCHES[name](TINY))

    assert {figure.name.partition(".")[0] for figure in figures} == {name}
    assert all(figure.value >= 0 and figure.reference_value > 0 for figure in figures)


@pytest.mark.slow
def test_the_demo_says_when_it_is_ready():
    (figure,) = BENCHES["demo"](TINY)

    assert figure.name == "demo.ready_s"


def test_no_page_asks_more_when_there_are_more_rows():
    few, many = queries_per_page()

    assert many == few
    assert len(few) > 40


def test_a_figure_is_a_row_with_its_ratio():
    figure = Figure("inbox.accepted_per_s", 700, "1/s", "B", 1000, "one web process")

    assert figure.row() == {
        "name": "inbox.accepted_per_s",
        "value": 700,
        "unit": "1/s",
        "reference": "B",
        "reference_value": 1000,
        "ratio": 0.7,
        "conditions": "one web process",
    }
    assert table([figure]).splitlines()[1] == "inbox.accepted_per_s  700    1/s   B: 1000    0.7"


def test_the_median_of_one_value_is_that_value():
    assert [percentile([3.0], 50), percentile([1.0, 2.0, 9.0], 50)] == [3.0, 2.0]
