# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Two people of this city, which works together with Aalborg."""

import pytest
from flask import Flask

from cop.base.db import transaction
from tests.builders import AALBORG, a_city, a_peer, a_person
from tests.reader import Reader


@pytest.fixture
def bram(app: Flask) -> Reader:
    with transaction():
        a_city()
        a_peer(AALBORG)
        person = a_person("Bram Osterloh", locale="en")
    return Reader(app, person)


@pytest.fixture
def ida(app: Flask) -> Reader:
    with transaction():
        person = a_person("Ida Solberg", locale="en")
    return Reader(app, person)
