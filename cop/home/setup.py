# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Joins home to the app."""

from flask import Flask

from cop.base.i18n import N_
from cop.base.pages import add_link, add_navigation
from cop.home import months
from cop.home.views import pages
from cop.settings import Settings


def init(app: Flask, settings: Settings) -> None:
    """Register the start page and the calendar."""
    app.register_blueprint(pages)
    app.jinja_env.filters.update(month_name=months.month_name, short_weekday=months.short_weekday)
    app.jinja_env.globals.update(weekday_and_hours=months.weekday_and_hours, hours=months.hours)
    add_link(app, "home", "home.index")
    add_navigation(app, "home", "home.index", N_("What's coming up"), order=10)
    add_navigation(app, "calendar", "home.calendar", N_("Calendar"), order=30)
