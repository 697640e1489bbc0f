# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
import pytest

from federation.testing import PortsContract
from tests.federation.peer_cities import City


class TestThePortsInMemory(PortsContract):
    @pytest.fixture
    def host(self):
        return City()
