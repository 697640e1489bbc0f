# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Two cities that run, and a third."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import fresh_database
from tests.live_instance import LiveInstance


def running(short: str, template: str, folder: Path) -> Iterator[LiveInstance]:
    city = LiveInstance(short, fresh_database(template, folder / short / "reihum.sqlite"))
    yield city
    city.close()


@pytest.fixture
def kassel(template: str, tmp_path: Path) -> Iterator[LiveInstance]:
    yield from running("Kassel", template, tmp_path)


@pytest.fixture
def aalborg(template: str, tmp_path: Path) -> Iterator[LiveInstance]:
    yield from running("Aalborg", template, tmp_path)


@pytest.fixture
def heidelberg(template: str, tmp_path: Path) -> Iterator[LiveInstance]:
    yield from running("Heidelberg", template, tmp_path)
