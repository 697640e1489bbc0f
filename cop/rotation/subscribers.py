# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What rotations do when something happens in a community."""

from cop.base.db import db
from cop.base.instance import is_ours
from cop.communities.events import MemberLeft
from cop.communities.models import MembershipRecord
from cop.rotation import services
from cop.rotation.roles import ROLES


def end_turns(event: MemberLeft) -> None:
    """Let whoever left take no more turns."""
    record = db.session.get_one(MembershipRecord, event.membership_id)
    if not is_ours(record.community.origin):
        services.keep_own_choice(record.community, record.person_id, takes_turns=False)
        return
    for role in ROLES:
        services.opt_out(record.community, record.person_id, role)
