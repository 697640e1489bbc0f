# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Whatever is changed of a valid request, it is refused and changes nothing; what is valid is taken exactly once.

COP_MUTATIONS says how many are tried.
"""

import os

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cop.sharing.models import ReceivedActivity
from tests.hostile.instance import BOOKKEEPING
from tests.hostile.mutants import mutants, told, valid

#: `make torture` asks for 10000
MUTATIONS = int(os.environ.get("COP_MUTATIONS", "300"))
#: of so many requests one is valid
ONE_IN = 50
UNUSUAL = settings(
    max_examples=MUTATIONS,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)


def test_a_mutant_changes_nothing_and_what_is_valid_is_taken_once(live, stranger):
    cities = [stranger() for _ in range(3)]
    live.come_to_rest()
    business, received = live.digest(but=BOOKKEEPING), live.count(ReceivedActivity)
    tried, controls, statuses = 0, 0, {}

    @UNUSUAL
    @given(st.data())
    def refuse(data):
        nonlocal tried, controls
        tried += 1
        city = cities[tried % len(cities)]
        sealed = data.draw(mutants(city))
        reply = live.send(sealed, address=live.address())
        statuses[reply.status] = statuses.get(reply.status, 0) + 1
        assert 400 <= reply.status < 500, f"{reply.status} {reply.body!r}\n{told(sealed)}"
        if tried % ONE_IN == 1:
            controls += 1
            document = valid(city)
            replies = [city.post(document, address=live.address()).status for _ in range(2)]
            assert replies == [202, 202]
            assert live.count(ReceivedActivity, ReceivedActivity.activity_id == document["id"]) == 1

    refuse()

    assert live.count(ReceivedActivity) == received + controls
    assert live.digest(but=BOOKKEEPING) == business
    print(f"{tried} mutants refused ({statuses}), {controls} of {controls} valid requests taken once")
