# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What an operator should know: what is well, what to watch, how to mend what is not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from cryptography.fernet import InvalidToken
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from cop.base import jumps, sqlite_library
from cop.base.clock import now
from cop.base.db import db, is_sqlite
from cop.base.http import CallFailed, get_json
from cop.base.i18n import force_locale
from cop.base.lease import Lease
from cop.base.mail import Mail
from cop.meetings.hooks import VideoFailed
from cop.meetings.video import video_services
from cop.schema import is_current
from cop.settings import Settings
from cop.sharing import epochs, own_log
from cop.sharing.keyring import unconfirmed
from cop.sharing.keys import kept_keys, opened
from cop.sharing.partners import Partner, partners

TRIES_THAT_WORRY = 3
NEWEST_ENTRIES = 1000
RECENT = timedelta(days=7)
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
    findings = [database, *_settings(settings), *_issuers(settings), *_video_servers(), _translations()]
    if database.level == Finding.WELL:
        tables = _tables()
        findings.append(tables)
        if tables.level == Finding.WELL:
            findings += [_worker(), _clock(), _mail(), *_keys(settings), _log(), *_partners()]
    return findings


def _database(settings: Settings) -> Finding:
    try:
        with db.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        name = type(error).__name__
        return Finding(Finding.BROKEN, "database", f"The database does not answer ({name}): check `database`.")
    if is_sqlite(settings.database):
        sentence = f"The database answers. SQLite is for trying out: run on PostgreSQL. {sqlite_library.warning()}"
        return Finding(Finding.WELL, "database", sentence.strip())
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


def _clock() -> Finding:
    with force_locale("en"):
        jumped = jumps.warning()
    return Finding(Finding.WATCH if jumped else Finding.WELL, "clock", jumped or "The clock did not jump.")


def _mail() -> Finding:
    failing = (Mail.sent_at.is_(None), Mail.attempts >= TRIES_THAT_WORRY)
    count = db.session.scalar(select(func.count()).select_from(Mail).where(*failing))
    if count:
        return Finding(Finding.WATCH, "mail", f"Mails that could not be sent: {count}. Check `mail_url`.")
    return Finding(Finding.WELL, "mail", "No mail is stuck.")


def _keys(settings: Settings) -> Iterator[Finding]:
    try:
        fit = all(opened(kept, settings.secret_key).public == kept.public for kept in kept_keys())
    except InvalidToken:
        fit = False
    if not fit:
        sentence = "The keys need another `secret_key`: put the former one back, or see `cop key seal`."
        yield Finding(Finding.BROKEN, "keys", sentence)
    elif behind := unconfirmed():
        sentence = f"Cities that have not confirmed our newest key: {', '.join(behind)}. Call them."
        yield Finding(Finding.WATCH, "keys", sentence)
    else:
        yield Finding(Finding.WELL, "keys", "The keys fit, and every partner city knows them.")


def _log() -> Finding:
    proof = own_log.prove(newest=NEWEST_ENTRIES)
    if not proof.whole:
        return Finding(Finding.BROKEN, "chain", proof.sentence)
    epoch = epochs.last_doubt()
    if epoch is not None and epoch.opened_at > now() - RECENT:
        sentence = "The database was found to be older than what this city had said: was an old copy put back?"
        return Finding(Finding.WATCH, "chain", f"{sentence} The log began anew; partner cities read all again.")
    return Finding(Finding.WELL, "chain", "The end of the log is whole; `cop log verify` checks all of it.")


def _partners() -> list[Finding]:
    with force_locale("en"):
        return [finding for peer in partners() for finding in _partner(peer)]


def _partner(peer: Partner) -> Iterator[Finding]:
    name = f"partner {peer.origin}"
    if peer.state == "asked":
        sentence = f"{peer.short} took up an invitation: compare and confirm it, `cop peer confirm {peer.origin}`."
        yield Finding(Finding.WATCH, name, sentence)
    if peer.trouble:
        sentence = f"{peer.short} is silent. {peer.error} Nothing is lost; waiting for it: {peer.waits}."
        yield Finding(Finding.WATCH, name, sentence)
    if peer.refused:
        sentence = f"{peer.short} refused messages: {peer.refused}. Look: `cop peer dead-letters {peer.origin}`."
        yield Finding(Finding.WATCH, name, sentence)


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
            why = type(failed.__cause__).__name__ if failed.__cause__ else failed
            yield Finding(Finding.BROKEN, name, f"{issuer.url} does not answer ({why}). Check `issuers`.")
            continue
        if found.get("issuer") == issuer.url:
            yield Finding(Finding.WELL, name, f"{issuer.url} answers.")
        else:
            named = found.get("issuer")
            yield Finding(Finding.BROKEN, name, f"The provider calls itself {named!r}: write just that into `issuers`.")


def _video_servers() -> Iterator[Finding]:
    for service in video_services().values():
        name = f"video {service.name}"
        try:
            service.check()
        except VideoFailed as failed:
            sentence = f"{service.label} can't be used: {failed}. Check `[plugins.{service.name}]`."
            yield Finding(Finding.BROKEN, name, sentence)
        else:
            yield Finding(Finding.WELL, name, f"{service.label} answers.")


def _translations() -> Finding:
    sources = CATALOGS.glob("*/LC_MESSAGES/*.po")
    missing = [path.parent.parent.name for path in sources if not path.with_suffix(".mo").exists()]
    if missing:
        return Finding(Finding.BROKEN, "translations", f"Not compiled: {', '.join(missing)}. Run `make i18n`.")
    return Finding(Finding.WELL, "translations", "The languages are complete.")
