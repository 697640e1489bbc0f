# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Commands about keys: our own, and those of partner cities."""

from typing import TextIO

import click
from cryptography.fernet import InvalidToken
from flask import current_app
from flask.cli import with_appcontext

from cop.base.db import transaction
from cop.base.i18n import force_locale
from cop.sharing import partnering, peer_keys
from cop.sharing.cli import in_words, peer
from cop.sharing.key_words import keys_of, our_keys
from cop.sharing.keys import seal_anew
from cop.sharing.rotating import revoke_own_keys, rotate_key
from cop.sharing.services import require_peer
from federation.keys import Purpose

YES = click.option("--yes", is_flag=True, help="Don't ask again.")


@click.group()
def key() -> None:
    """Change the keys of this city."""


@key.command("list")
@with_appcontext
def list_own() -> None:
    """List our keys, with which cities have not confirmed the newest yet."""
    with force_locale("en"):
        for row in our_keys():
            click.echo(f"{row.name:8} {row.code}  {row.state}")


@key.command()
@click.option("--purpose", type=click.Choice([each.value for each in Purpose]), default=Purpose.PEER.value)
@with_appcontext
def rotate(purpose: str) -> None:
    """Make a new key and tell the partner cities; their administrators compare the code of one for messages."""
    with in_words():
        click.echo(rotate_key(Purpose(purpose), by=None))


@key.command()
@YES
@with_appcontext
def revoke(*, yes: bool) -> None:
    """Give up all our keys, since somebody else may have them, and make new ones. Call the partner cities then."""
    if yes or click.confirm("Give up all keys? Nothing passes until each city has compared the new code.", abort=True):
        with in_words():
            click.echo(revoke_own_keys(by=None))


@key.command()
@click.argument("former", type=click.File())
@with_appcontext
def seal(former: TextIO) -> None:
    """Encrypt our keys with the secret_key of the settings, web and worker stopped; FORMER holds the one before."""
    try:
        with transaction():
            count = seal_anew(str(current_app.secret_key), former=former.read().strip())
    except InvalidToken as error:
        raise click.ClickException("Our keys were not encrypted with what stands in this file.") from error
    click.echo(f"Encrypted with the new secret_key: {count} keys. Start web and worker.")


@peer.command("keys")
@click.argument("origin")
@with_appcontext
def list_theirs(origin: str) -> None:
    """List the keys of a city, those that wait to be compared first."""
    with in_words(), force_locale("en"):
        for row in keys_of(require_peer(origin)):
            click.echo(f"{row.name:8} {row.code}  {row.state}")


@peer.command("confirm-key")
@click.argument("origin")
@click.argument("name")
@YES
@with_appcontext
def confirm(origin: str, name: str, *, yes: bool) -> None:
    """Believe a new key (peer-2, say) of a city from now on, and the old one for 30 days more."""
    with in_words():
        shown = next((row.code for row in keys_of(require_peer(origin)) if row.name == name and row.waits), "")
        if shown:
            click.echo(shown)
        if yes or click.confirm("Did you compare this code by telephone?", abort=True):
            with transaction():
                peer_keys.confirm_key(origin, _id(origin, name), by=None)
    click.echo(f"Confirmed: {name} of {origin}.")


@peer.command("refuse-key")
@click.argument("origin")
@click.argument("name")
@with_appcontext
def refuse(origin: str, name: str) -> None:
    """Forget a new key that is not the city's."""
    with in_words(), transaction():
        peer_keys.refuse_key(origin, _id(origin, name), by=None)
    click.echo(f"Refused: {name} of {origin}.")


@peer.command("revoke-key")
@click.argument("origin")
@click.argument("name", required=False)
@YES
@with_appcontext
def revoke_theirs(origin: str, name: str | None, *, yes: bool) -> None:
    """Believe one key of a city, or all, no longer; at once."""
    with in_words():
        if yes or click.confirm(f"Believe {name or 'no key'} of {origin} any more?", abort=True):
            with transaction():
                peer_keys.revoke_keys(origin, by=None, key_id=_id(origin, name) if name else None)
    click.echo(f"Revoked: {name or 'all keys'} of {origin}.")


@peer.command("look-key")
@click.argument("origin")
@with_appcontext
def look(origin: str) -> None:
    """Ask a city which key it has now; a new one waits to be compared."""
    with in_words():
        click.echo(f"New keys to compare: {partnering.look_for_keys(origin)}. See: cop peer keys {origin}")


def _id(origin: str, name: str) -> str:
    return f"{origin}/actor#{name}"
