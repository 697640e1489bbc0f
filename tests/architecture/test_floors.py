# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Dependencies are not older than their last known security fix."""

from importlib.metadata import version

import pytest

FLOORS = {"authlib": (1, 7, 1), "flask": (3, 1, 3), "urllib3": (2, 7, 0), "idna": (3, 7), "jinja2": (3, 1, 6)}


@pytest.mark.parametrize(("name", "floor"), FLOORS.items())
def test_a_dependency_is_new_enough(name: str, floor: tuple[int, ...]) -> None:
    assert tuple(int(part) for part in version(name).split(".")[: len(floor)]) >= floor
