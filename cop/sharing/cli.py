# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Commands about partner cities."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import click
from flask import current_app
from flask.cli import with_appcontext

from cop.base.db import transaction
from cop.base.errors import Problem
from cop.base.i18n import force_locale
from cop.settings import Settings
from cop.sharing import epochs, letters, own_log, partnering, services
from cop.sharing.copies import decide_copies
from cop.sharing.history import history
from cop.sharing.letter_words import listed
from cop.sharing.models import Copies, DeliveryState
from cop.sharing.partners import partners
from cop.sharing.readings import compare_soon
from cop.sharing.rules import READ, WORK
from cop.sharing.services import end_peering, require_peer, set_levels
from federation.ports import Level, PeerState

LEVEL = click.option(
    "--level", type=click.IntRange(READ, WORK), default=WORK, show_default=True, help="2: read. 3: work together."
)
LEVELS = click.IntRange(Level.BLOCKED, Level.RELAY)
COPIES = click.option(
    "--copies",
    type=click.Choice([each.value for each in Copies]),
    default=Copies.KEPT.value,
    show_default=True,
    help="What becomes of what came from it: kept, hidden, or purged, that is deleted for good.",
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
    with in_words():
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
    with in_words():
        partnering.confirm(origin, level=level, by=None)
    click.echo(f"Connected with {origin}.")


@peer.command()
@click.argument("origin")
@click.option("--in", "level_in", type=LEVELS, help="What we take from it.")
@click.option("--out", "level_out", type=LEVELS, help="What we give it.")
@with_appcontext
def level(origin: str, level_in: int | None, level_out: int | None) -> None:
    """Change how far a city is trusted, 0 to 4, each direction on its own; holds at once."""
    with in_words(), transaction():
        found = require_peer(origin)
        wanted_in = found.level_in if level_in is None else level_in
        wanted_out = found.level_out if level_out is None else level_out
        set_levels(origin, level_in=wanted_in, level_out=wanted_out, by=None)
    click.echo(f"{origin}  in: {wanted_in}  out: {wanted_out}")


@peer.command()
@click.argument("origin")
@COPIES
@click.option("--yes", is_flag=True, help="Don't ask again.")
@with_appcontext
def end(origin: str, copies: str, *, yes: bool) -> None:
    """End a partnership; the other city learns of it."""
    with in_words():
        if yes or click.confirm(f"End the connection to {origin}; what came from it: {copies}?", abort=True):
            with transaction():
                end_peering(origin, by=None)
                decide_copies(origin, Copies(copies), by=None)
    click.echo(f"Ended: {origin}.")


@peer.command("copies")
@click.argument("origin")
@COPIES
@click.option("--yes", is_flag=True, help="Don't ask again.")
@with_appcontext
def change_copies(origin: str, copies: str, *, yes: bool) -> None:
    """Keep, hide or delete for good what came from a city whose partnership ended."""
    with in_words():
        gone = copies == Copies.PURGED
        if yes or not gone or click.confirm(f"Delete for good what came from {origin}?", abort=True):
            with transaction():
                decide_copies(origin, Copies(copies), by=None)
    click.echo(f"{origin}: {copies}.")


@peer.command("history")
@click.argument("origin", required=False)
@with_appcontext
def show_history(origin: str | None) -> None:
    """List every decision about partner cities, or about one, latest first."""
    with force_locale("en"):
        rows = history(origin)
        while rows:
            for row in rows:
                click.echo(f"{row.when}  {row.who}  {row.what}")
            rows = history(origin, before=rows[-1].number)


@peer.command()
@click.argument("origin")
@with_appcontext
def compare(origin: str) -> None:
    """Compare what came from a city with the city itself, and fetch what differs, without waiting for the night."""
    with in_words(), transaction():
        compare_soon(require_peer(origin).origin)
    click.echo("The worker compares at once; the city's page says what differed.")


@peer.command("list")
@with_appcontext
def list_peers() -> None:
    """List partner cities and how each connection is doing."""
    with force_locale("en"):
        for row in partners():
            click.echo(f"{'paused' if row.paused else row.state:8} {row.short:20} {row.origin}  {row.trouble}".rstrip())
            for name, value in row.facts if row.state == PeerState.ACTIVE else ():
                click.echo(f"         {name + ':':20} {value}")


@peer.command("dead-letters")
@click.argument("origin")
@with_appcontext
def dead_letters(origin: str) -> None:
    """List what a city refused for good, and what was dropped."""
    with in_words():
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
    with in_words():
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
    with in_words(), transaction():
        found = require_peer(origin)
        if back:
            click.echo(f"Taken back: {letters.take_back(found, letter=letter, by=None)}.")
            return
        state = DeliveryState.DUE if waiting else DeliveryState.DEAD
        dropped = letters.drop(found, letter=letter, state=state, by=None)
    click.echo(f"Dropped: {dropped.number}. To take it back: cop peer drop {origin} --back")


@peer.command()
@click.argument("origin")
@with_appcontext
def pause(origin: str) -> None:
    """Let everything for a city wait, in order, until it is resumed."""
    with in_words(), transaction():
        services.pause(origin, by=None)
    click.echo(f"Paused. To go on: cop peer resume {origin}")


@peer.command()
@click.argument("origin")
@with_appcontext
def resume(origin: str) -> None:
    """Let what waited for a city go out."""
    with in_words(), transaction():
        services.resume(origin, by=None)
    click.echo("It is being sent.")


@contextmanager
def in_words() -> Iterator[None]:
    """Say a refusal in words."""
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


@log.command("begin-anew")
@click.confirmation_option(prompt="An old copy of the database was put back, and web and worker are stopped?")
@with_appcontext
def begin_anew() -> None:
    """Begin the log anew after an old copy was put back by other means than `cop restore`."""
    settings: Settings = current_app.extensions["cop.settings"]
    epoch = epochs.put_back(settings.database)
    click.echo(f"The log begins anew above {epoch.after}; partner cities read all again.")
