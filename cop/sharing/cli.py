# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Commands about partner cities."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import click
from flask.cli import with_appcontext

from cop.base.db import transaction
from cop.base.errors import Problem
from cop.sharing import letters, own_log, partnering
from cop.sharing.letter_words import listed
from cop.sharing.models import DeliveryState
from cop.sharing.partners import partners
from cop.sharing.rules import READ, WORK
from cop.sharing.services import require_peer

LEVEL = click.option(
    "--level", type=click.IntRange(READ, WORK), default=WORK, show_default=True, help="2: read. 3: work together."
)
LETTER = click.option("--letter", type=click.UUID, help="Its number, as dead-letters shows it; without it all.")


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


@peer.command("dead-letters")
@click.argument("origin")
@with_appcontext
def dead_letters(origin: str) -> None:
    """List what a city refused for good, and what was dropped."""
    with _in_words():
        found = require_peer(origin)
        for state in (DeliveryState.DEAD, DeliveryState.DROPPED):
            for row in listed(found, state):
                click.echo(f"{row.id}  {state:7}  {row.when}  {row.what}. {row.why}")


@peer.command()
@click.argument("origin")
@LETTER
@with_appcontext
def replay(origin: str, letter: UUID | None) -> None:
    """Send again what a city refused: one letter, or all."""
    with _in_words():
        if letter is None:
            number = letters.replay_all(require_peer(origin).id, by=None)
        else:
            with transaction():
                letters.replay(require_peer(origin), letter=letter, by=None)
            number = 1
    click.echo(f"Sent again: {number}.")


@peer.command()
@click.argument("origin")
@LETTER
@click.option("--waiting", is_flag=True, help="What waits, not what was refused.")
@click.option("--back", is_flag=True, help="Take back what was dropped.")
@with_appcontext
def drop(origin: str, letter: UUID | None, *, waiting: bool, back: bool) -> None:
    """Don't send what a city refused, or what waits: one letter, or all; for 30 days it can be taken back."""
    with _in_words(), transaction():
        found = require_peer(origin)
        if back:
            click.echo(f"Taken back: {letters.take_back(found, letter=letter, by=None)}.")
            return
        state = DeliveryState.DUE if waiting else DeliveryState.DEAD
        dropped = letters.drop(found, letter=letter, state=state, by=None)
    click.echo(f"Dropped: {dropped.number}. To take it back: cop peer drop {origin} --back")


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except Problem as problem:
        raise click.ClickException(problem.sentence % problem.values) from problem


@click.group()
def log() -> None:
    """Look into the log of what this city said."""


@log.command()
@with_appcontext
def verify() -> None:
    """Check the whole log against its chain; exit code 1 and the first entry that is not as it was."""
    proof = own_log.prove()
    if not proof.whole:
        raise click.ClickException(proof.sentence)
    click.echo(proof.sentence)
