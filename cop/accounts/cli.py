# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Commands about administrators and accounts."""

from secrets import token_urlsafe

import click
from flask import url_for
from flask.cli import with_appcontext

from cop.accounts import services
from cop.accounts.queries import accounts_of
from cop.accounts.session import keyed_hash
from cop.base.db import transaction
from cop.base.errors import Conflict


@click.group()
def admin() -> None:
    """Look after the administrators of this instance."""


@admin.command()
@with_appcontext
def invite() -> None:
    """Print a link that makes whoever opens it and signs in an administrator; it holds once and for 24 hours."""
    token = token_urlsafe(32)
    with transaction():
        services.invite_admin(keyed_hash(token))
    click.echo(url_for("accounts.admin_invitation", token=token, _external=True))


@admin.command()
@click.argument("email")
@click.option("--back", is_flag=True, help="Let them sign in again.")
@with_appcontext
def deactivate(email: str, *, back: bool) -> None:
    """Let the people with this mail address sign in no more, and end their sessions."""
    change = services.reactivate if back else services.deactivate
    try:
        with transaction():
            accounts = accounts_of(email)
            for account in accounts:
                change(account)
    except Conflict as problem:
        raise click.ClickException(problem.sentence) from problem
    if not accounts:
        raise click.ClickException(f"nobody here has the address {email}")
    click.echo(f"{'can sign in again' if back else 'can sign in no more'}: {email}")
