# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What an operator should know: what is well, what to watch, how to mend what is not."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from cop.base.clock import now
from cop.base.db import db, is_sqlite
from cop.base.http import CallFailed, get_json
from cop.base.lease import Lease
from cop.schema import is_current
from cop.settings import Settings

CATALOGS = Path(__file__).parent / "translations"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence; a broken one says what to do."""

    WELL: ClassVar[str] = "well"
    WATCH: ClassVar[str] = "watch"
    BROKEN: ClassVar[str] = "broken"
    SIGNS: ClassVar[dict[str, str]] = {WELL: "✓", WATCH: "!", BROKEN: "✗"}

    level: str
    name: str
    sentence: str

    @property
    def sign(self) -> str:
        """The mark before the sentence."""
        return self.SIGNS[self.level]

    def as_dict(self) -> dict[str, str]:
        """Return what `--json` prints."""
        return {"level": self.level, "name": self.name, "sentence": self.sentence}


def examine(settings: Settings) -> list[Finding]:
    """Look at everything an instance needs."""
    database = _database(settings)
    findings = [database, *_settings(settings), *_issuers(settings), _translations()]
    if database.level == Finding.WELL:
        findings += [_tables(), _worker()]
    return findings


def _database(settings: Settings) -> Finding:
    try:
        with db.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        name = type(error).__name__
        return Finding(Finding.BROKEN, "database", f"The database does not answer ({name}): check `database`.")
    if is_sqlite(settings.database):
        return Finding(Finding.WELL, "database", "The database answers. SQLite is for trying out: run on PostgreSQL.")
    return Finding(Finding.WELL, "database", "The database answers.")


def _tables() -> Finding:
    with db.engine.connect() as connection:
        if is_current(connection):
            return Finding(Finding.WELL, "tables", "The tables are up to date.")
    return Finding(Finding.BROKEN, "tables", "The tables are not up to date: run `cop migrate`.")


def _worker() -> Finding:
    until = db.session.scalar(select(Lease.until).where(Lease.name == "worker"))
    if until is not None and until > now():
        return Finding(Finding.WELL, "worker", "The worker runs.")
    return Finding(Finding.WATCH, "worker", "No worker runs: nothing is delivered or mailed. Start `cop worker`.")


def _settings(settings: Settings) -> Iterator[Finding]:
    if settings.development:
        yield Finding(Finding.WATCH, "development", "Development is switched on: never do that in production.")
    if not settings.imprint_url:
        yield Finding(Finding.WATCH, "imprint", "No legal notice is linked: set `imprint_url`.")
    if not settings.privacy_url:
        yield Finding(Finding.WATCH, "privacy", "No privacy notice is linked: set `privacy_url`.")


def _issuers(settings: Settings) -> Iterator[Finding]:
    for issuer in settings.issuers:
        name = f"login {issuer.url}"
        try:
            found = get_json(f"{issuer.url.rstrip('/')}/.well-known/openid-configuration")
        except CallFailed as failed:
            yield Finding(Finding.BROKEN, name, f"The OpenID provider does not answer: {failed}. Check `issuers`.")
            continue
        if found.get("issuer") == issuer.url:
            yield Finding(Finding.WELL, name, f"{issuer.url} answers.")
        else:
            named = found.get("issuer")
            yield Finding(Finding.BROKEN, name, f"The provider calls itself {named!r}: write just that into `issuers`.")


def _translations() -> Finding:
    sources = CATALOGS.glob("*/LC_MESSAGES/*.po")
    missing = [path.parent.parent.name for path in sources if not path.with_suffix(".mo").exists()]
    if missing:
        return Finding(Finding.BROKEN, "translations", f"Not compiled: {', '.join(missing)}. Run `make i18n`.")
    return Finding(Finding.WELL, "translations", "The languages are complete.")
