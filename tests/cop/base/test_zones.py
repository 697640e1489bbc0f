# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
import pytest

from cop.base.zones import is_zone


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Europe/Berlin", True),
        ("Europe/Nowhere", False),
        ("Europe", False),
        ("../etc/passwd", False),
        ("", False),
    ],
)
def test_a_zone_is_known_or_not(name, known):
    assert is_zone(name) is known
