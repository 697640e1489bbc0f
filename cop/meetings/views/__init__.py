# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages of meetings; one file a subject."""

from cop.meetings.views import actions, calendars, community, meeting, planning, topics, video
from cop.meetings.views.blueprint import pages

__all__ = ["actions", "calendars", "community", "meeting", "pages", "planning", "topics", "video"]
