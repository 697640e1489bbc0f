# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Dates of the demo, counted from today so that something is always coming up."""

from datetime import datetime, time, timedelta

from cop.base.clock import now
from cop.base.i18n import local

SATURDAY = 5


def workday(days: int, hour: int) -> datetime:
    """Return the clock on the wall so many days from today, moved past a weekend."""
    when = local(now()).date() + timedelta(days=days)
    while when.weekday() >= SATURDAY:
        when += timedelta(days=1)
    return datetime.combine(when, time(hour))
