# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Commands about partner cities."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask.cli import with_appcontext

from cop.base.errors import Problem
from cop.sharing import partnering
from cop.sharing.partners import partners
from cop.sharing.rules import READ, WORK

LEVEL = click.option(
    "--level", type=click.IntRange(READ, WORK), default=WORK, show_default=True, help="2: read. 3: work together."
)


@click.group()
def peer() -> None:
    """Connect this city with others."""


@peer.command()
@with_appcontext
def invite() -> None:
    """Print an invitation to pass on to another city; it holds once and for seven days."""
    click.echo(partnering.invite(by=None))


@peer.command()
@click.argument("invitation")
@LEVEL
@click.option("--yes", is_flag=True, help="The name and the fingerprint were compared already.")
@with_appcontext
def accept(invitation: str, level: int, *, yes: bool) -> None:
    """Take up the invitation of another city; its administrator confirms next."""
    with _in_words():
        seen = partnering.look(invitation)
        click.echo(f"{seen.name}  {seen.origin}\n{seen.fingerprint}")
        if yes or click.confirm("Is this the city, and did you compare the fingerprint?", abort=True):
            partnering.offer(invitation, level=level, by=None)
    click.echo(f"{seen.short} was asked. Its administrator confirms next.")


@peer.command()
@click.argument("origin")
@LEVEL
@with_appcontext
def confirm(origin: str, level: int) -> None:
    """Confirm a city that took up an invitation."""
    with _in_words():
        partnering.confirm(origin, level=level, by=None)
    click.echo(f"Connected with {origin}.")


@peer.command("list")
@with_appcontext
def list_peers() -> None:
    """List partner cities and how each connection is doing."""
    for row in partners():
        click.echo(f"{row.state:8} {row.short:20} {row.origin}  waiting: {row.waits}  {row.trouble}".rstrip())


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except Problem as problem:
        raise click.ClickException(problem.sentence % problem.values) from problem
