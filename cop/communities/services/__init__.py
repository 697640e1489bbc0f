# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What people can do in communities; each file holds one subject, nothing commits."""

from cop.communities.services.copies import apply_copy, forget_copy
from cop.communities.services.founding import change_community, found_community
from cop.communities.services.guests import (
    ask_home_to_join,
    ask_home_to_leave,
    settle_join,
    wish_to_join,
    wish_to_leave,
)
from cop.communities.services.joining import accept_member, ask_to_join, change_role, leave, refuse_member
from cop.communities.services.people import (
    member_origins,
    member_uri,
    name_for_all,
    names_for_others,
    person_by_member_uri,
    person_named_by_home,
    shown_name,
)
from cop.communities.services.permission import member_of_peer, require_coordinator, require_member

__all__ = [
    "accept_member",
    "apply_copy",
    "ask_home_to_join",
    "ask_home_to_leave",
    "ask_to_join",
    "change_community",
    "change_role",
    "forget_copy",
    "found_community",
    "leave",
    "member_of_peer",
    "member_origins",
    "member_uri",
    "name_for_all",
    "names_for_others",
    "person_by_member_uri",
    "person_named_by_home",
    "refuse_member",
    "require_coordinator",
    "require_member",
    "settle_join",
    "shown_name",
    "wish_to_join",
    "wish_to_leave",
]
