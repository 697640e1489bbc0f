# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The command about quarantine."""

from datetime import datetime
from zoneinfo import ZoneInfo

import click
from flask.cli import with_appcontext

from cop.base.db import transaction
from cop.base.i18n import force_locale, moment
from cop.base.instance import this_city
from cop.sharing.cli import in_words
from cop.sharing.quarantine import begin_quarantine, contents, drop_quarantine, release_quarantine
from cop.sharing.quarantine_work import work_off
from cop.sharing.services import require_peer

FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"]


@click.command()
@click.argument("origin")
@click.option("--since", type=click.DateTime(FORMATS), help="Hide what came since then, by the city's clock.")
@click.option("--pass", "passes", is_flag=True, help="With --since: take what comes from now on as always.")
@click.option("--undo", is_flag=True, help="Show everything again, and take what waited.")
@click.option("--drop", is_flag=True, help="Delete for good what is in it, and read the city anew.")
@click.option("--yes", is_flag=True, help="Don't ask again.")
@with_appcontext
def quarantine(origin: str, since: datetime | None, *, passes: bool, undo: bool, drop: bool, yes: bool) -> None:
    """Hide what came from a city since a moment; without an option, say what is in quarantine."""
    if sum([since is not None, undo, drop]) > 1:
        raise click.UsageError("One of --since, --undo and --drop at a time.")
    with in_words():
        require_peer(origin)
        if drop and not yes:
            click.confirm(f"Delete for good what is in quarantine of {origin}?", abort=True)
        with transaction():
            if since is not None:
                moment_here = since.replace(tzinfo=ZoneInfo(this_city().zone))
                begin_quarantine(origin, since=moment_here, holds=not passes, by=None)
            elif undo:
                release_quarantine(origin, by=None)
            elif drop:
                drop_quarantine(origin, by=None)
        work_off(origin)
    click.echo(_said(origin))


def _said(origin: str) -> str:
    found = contents(origin)
    if found is None:
        return f"{origin}: nothing is in quarantine."
    with force_locale("en"):
        since = moment(found.since)
    later = "waits" if found.holds else "is taken"
    counts = f"hidden: {found.hidden}  as before: {found.restored}  waiting: {found.waiting}"
    work = " The work is not finished; it goes on by itself." if found.working else ""
    return f"{origin}: since {since}  {counts}  What comes now {later}.{work}"
