# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The command `cop`; features bring their own commands."""

import json
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from cryptography.fernet import InvalidToken
from flask import Flask, current_app
from flask.cli import ScriptInfo, with_appcontext

from cop.accounts.cli import admin
from cop.app import create_app
from cop.base import sqlite_library
from cop.base.db import db
from cop.settings import Settings, SettingsError, load_settings
from cop.sharing.cli import log, peer
from cop.sharing.epochs import put_back as begin_log_anew
from cop.sharing.hub import hub
from cop.sharing.key_cli import key
from cop.sharing.quarantine_cli import quarantine

EXAMPLE = """\
# Settings of this instance. Each can also come from COP_<NAME>, secrets from COP_<NAME>_FILE.
origin = "{origin}"
secret_key = "{secret}"
city_name = "{name}"
city_short = "{short}"
city_letters = "{letters}"
locale = "{locale}"
zone = "{zone}"
database = "postgresql:///reihum"
mail_url = "smtp://localhost:25"
mail_sender = "reihum@{host}"

[[issuers]]
url = "https://login.example.org/realms/city"
client_id = "reihum"
client_secret = ""
name = "{name}"
admin_role = "reihum-admin"
"""


@contextmanager
def _faults_named() -> Iterator[None]:
    try:
        yield
    except SettingsError as error:
        raise click.ClickException(f"The settings can't be used: {error}") from error


def _settings() -> Settings:
    with _faults_named():
        return load_settings()


def _app() -> Flask:
    with _faults_named():
        return create_app(load_settings())


@click.group()
@click.pass_context
def main(context: click.Context) -> None:
    """Reihum: communities of practice between municipalities."""
    context.obj = ScriptInfo(create_app=lambda *_: _app(), set_debug_flag=False)


@main.command()
@click.argument("path", type=click.Path(path_type=Path), default=Path("cop.toml"))
@click.option("--origin", prompt="Address of this instance", default="https://reihum.example.org")
@click.option("--name", prompt="Name of the municipality", default="Stadt Kassel")
@click.option("--short", prompt="Short name", default="Kassel")
@click.option("--letters", prompt="Two or three letters", default="KS")
@click.option("--locale", type=click.Choice(["de", "da", "en"]), default="de")
@click.option("--zone", default="Europe/Berlin")
def init(path: Path, **facts: str) -> None:
    """Write a settings file with generated secrets, readable by its owner only."""
    if path.exists():
        raise click.ClickException(f"{path} exists already.")
    host = facts["origin"].partition("://")[2]
    path.touch(mode=0o600)
    path.write_text(EXAMPLE.format(secret=secrets.token_urlsafe(48), host=host, **facts), encoding="utf-8")
    click.echo(f"{path} is written. Fill in the OpenID provider, then: COP_CONFIG={path} cop migrate")


@main.command()
@with_appcontext
def migrate() -> None:
    """Bring the tables to the version of this program."""
    from cop.schema import TablesTooNew, upgrade

    try:
        with db.engine.connect() as connection:
            upgrade(connection)
    except TablesTooNew as failed:
        raise click.ClickException(str(failed)) from failed
    click.echo("The tables are up to date.")


@main.command()
@click.option("--host", default="127.0.0.1")
@click.option("--port", default=8000)
@click.pass_obj
def serve(info: ScriptInfo, host: str, port: int) -> None:
    """Run the web process."""
    from cop.asgi import create_server

    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises what it was told again once it has ended; being told to end is no failure
        signal.signal(number, lambda *_: sys.exit())
    create_server(_with_keys(info.load_app()), host=host, port=port).run()


@main.command()
@click.pass_obj
def worker(info: ScriptInfo) -> None:
    """Run the worker: deliveries, mail, the next meetings of series."""
    from cop.worker import Worker

    Worker(_with_keys(info.load_app())).run()


def _with_keys(app: Flask) -> Flask:
    """Look whether the database is whole, and make or read the keys before anything is done that needs them."""
    from cop.backup import damage

    if wrong := damage(app.extensions["cop.settings"].database):
        raise click.ClickException(wrong)
    with app.app_context():
        try:
            hub().keys  # noqa: B018  read for what it does
            sqlite_library.warn()
        except InvalidToken as error:
            raise click.ClickException("The keys in the database were encrypted with another secret_key.") from error
        finally:
            db.session.remove()
    return app


@main.command()
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@with_appcontext
def doctor(*, as_json: bool) -> None:
    """Say what is well, what to watch, and how to mend what is not."""
    from cop.doctor import Finding, examine

    findings = examine(current_app.extensions["cop.settings"])
    if as_json:
        click.echo(json.dumps([finding.as_dict() for finding in findings], ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            click.echo(f"{finding.sign} {finding.sentence}")
    sys.exit(any(finding.level == Finding.BROKEN for finding in findings))


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
def backup(folder: Path) -> None:
    """Copy the database into a folder while everything runs."""
    from cop.backup import BackupFailed, back_up

    try:
        click.echo(back_up(_settings().database, folder))
    except BackupFailed as failed:
        raise click.ClickException(str(failed)) from failed


@main.command()
@click.argument("copy", type=click.Path(path_type=Path, exists=True))
@click.confirmation_option(prompt="Web and worker are stopped, and this copy shall replace the database?")
def restore(copy: Path) -> None:
    """Put a copy in the place of the database, bring its tables to this program, and begin the log anew."""
    from cop.backup import BackupFailed
    from cop.backup import restore as put_back
    from cop.schema import TablesTooNew, upgrade

    try:
        put_back(_settings().database, copy)
        with _app().app_context():
            with db.engine.connect() as connection:
                upgrade(connection)
            begin_log_anew(_settings().database)
            db.engine.dispose()
    except (BackupFailed, TablesTooNew) as failed:
        raise click.ClickException(str(failed)) from failed
    click.echo("The copy is in place. Start web and worker; partner cities read all again by themselves.")


@main.command()
@click.option("--folder", type=click.Path(path_type=Path), default=Path(".demo"), help="Where its data lies.")
@click.option("--port", default=8100, help="First of three ports, on the first run.")
@click.option("--reset", is_flag=True, help="Throw away the data of the last demo.")
def demo(folder: Path, port: int, *, reset: bool) -> None:
    """Run two cities with real content on this machine."""
    from cop.demo.cities import PortTaken
    from cop.demo.run import run_demo

    try:
        run_demo(folder, port=port, reset=reset)
    except PortTaken as taken:
        raise click.ClickException(str(taken)) from taken
    except KeyboardInterrupt:
        click.echo("Ended.")


main.add_command(admin)
main.add_command(peer)
main.add_command(log)
main.add_command(key)
peer.add_command(quarantine)
