# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Commands about administrators."""

from secrets import token_urlsafe

import click
from flask import url_for
from flask.cli import with_appcontext

from cop.accounts import services
from cop.accounts.session import keyed_hash
from cop.base.db import transaction


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
