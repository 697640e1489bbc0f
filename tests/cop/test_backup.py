# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A backup is whole, private, and comes back."""

import shutil
import stat
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import make_url

from cop.backup import BackupFailed, back_up, restore
from cop.base.db import db, is_sqlite, transaction
from cop.base.mail import Mail, post_mail


def subjects() -> list[str]:
    found = [mail.subject for mail in db.session.scalars(db.select(Mail).order_by(Mail.subject))]
    db.session.rollback()
    return found


def test_what_was_there_comes_back(app: Flask, database: str, tmp_path: Path) -> None:
    with transaction():
        post_mail("a@city.example", "before", "…")
    copy = back_up(database, tmp_path / "backups")
    with transaction():
        post_mail("a@city.example", "later", "…")

    db.session.remove()
    db.engine.dispose()
    restore(database, copy)

    assert subjects() == ["before"]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_a_file_copied_from_a_running_database_is_refused(app: Flask, database: str, tmp_path: Path) -> None:
    with transaction():
        post_mail("a@city.example", "kept", "…")
    if not is_sqlite(database):
        return  # there is no file to copy
    copy = tmp_path / "copied.sqlite"
    shutil.copyfile(str(make_url(database).database), copy)

    with pytest.raises(BackupFailed, match="without its log"):
        restore(database, copy)

    assert subjects() == ["kept"]


def test_a_damaged_copy_is_refused_and_the_database_stays(app: Flask, database: str, tmp_path: Path) -> None:
    with transaction():
        post_mail("a@city.example", "kept", "…")
    copy = back_up(database, tmp_path / "backups")
    copy.write_bytes(copy.read_bytes()[:5000])
    db.session.remove()
    db.engine.dispose()

    with pytest.raises(BackupFailed):
        restore(database, copy)

    assert subjects() == ["kept"]
