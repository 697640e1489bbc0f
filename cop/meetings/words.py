# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Words for what meetings are."""

from collections.abc import Mapping

from cop.base.i18n import N_
from cop.meetings.models import Format, MeetingState

FORMATS: Mapping[Format, str] = {
    Format.ONLINE: N_("online"),
    Format.IN_PERSON: N_("in person"),
    Format.HYBRID: N_("online and in person"),
}
#: state -> how the state pill looks, and its words; what is still planned needs none
STATES: Mapping[MeetingState, tuple[str, str]] = {
    MeetingState.LIVE: ("info", N_("It is on now")),
    MeetingState.ENDED: ("mute", N_("Over")),
    MeetingState.MINUTES_REVIEW: ("mute", N_("Over")),
    MeetingState.PUBLISHED: ("success", N_("Minutes published")),
    MeetingState.CANCELLED: ("danger", N_("Cancelled")),
    MeetingState.ARCHIVED: ("mute", N_("Over")),
}
REPEATS: Mapping[str, str] = {
    "never": N_("It doesn't repeat"),
    "week": N_("every week"),
    "two_weeks": N_("every two weeks"),
    "month": N_("every month"),
    "two_months": N_("every two months"),
    "three_months": N_("every three months"),
    "six_months": N_("every six months"),
}
#: a usual agenda: minutes, title, is it for proposed topics
USUAL: tuple[tuple[int, str, bool], ...] = (
    (10, N_("Arrival"), False),
    (5, N_("Open tasks from last time"), False),
    (20, N_("A short talk"), False),
    (55, N_("Your topics"), True),
    (5, N_("Break"), False),
    (25, N_("What I take along, next date, quick feedback"), False),
)
