# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who may do what, as pure rules."""

import pytest

from cop.base.audience import Audience
from cop.base.db import new_id
from cop.communities.rules import JoinMode, Membership, MemberState, Role, may_see, state_after_asking


@pytest.mark.parametrize(
    ("mode", "becomes"),
    [(JoinMode.OPEN, MemberState.ACTIVE), (JoinMode.REQUEST, MemberState.ASKED), (JoinMode.INVITE, None)],
)
def test_what_becomes_of_somebody_who_asks_depends_on_the_community(mode, becomes):
    assert state_after_asking(mode) == becomes


@pytest.mark.parametrize(
    ("visibility", "outsider_at_home", "outsider_elsewhere"),
    [
        (Audience.COMMUNITY, False, False),
        (Audience.CITY, True, False),
        (Audience.PEERS, True, True),
        (Audience.PUBLIC, True, True),
    ],
)
def test_each_audience_holds_the_ones_before_it(visibility, outsider_at_home, outsider_elsewhere):
    assert may_see(visibility, is_member=False, at_home=True) == outsider_at_home
    assert may_see(visibility, is_member=False, at_home=False) == outsider_elsewhere
    assert may_see(visibility, is_member=True, at_home=False)


def test_only_coordinators_coordinate():
    assert Membership(new_id(), new_id(), Role.COORDINATOR).coordinates
    assert not Membership(new_id(), new_id(), Role.MEMBER).coordinates
