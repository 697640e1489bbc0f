# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A copy of the database while everything runs, and the way back."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.engine import URL

from cop.base.clock import now
from cop.base.db import is_sqlite

#: where an SQLite file says whether it has a log beside it (https://www.sqlite.org/fileformat.html, section 1.3)
WRITE_VERSION, WITH_LOG = 18, b"\x02"


class BackupFailed(Exception):  # noqa: N818  said as it is
    """The copy was not made or not taken; the text says why."""


def back_up(database: str, folder: Path) -> Path:
    """Write a new copy into a folder, readable by its owner only, and return its path.

    Private keys are inside, encrypted with `secret_key`: keep that one elsewhere.

    Raises:
        BackupFailed: when the database's own tool says no.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ending = "sqlite" if is_sqlite(database) else "dump"
    target = folder / f"reihum-{now():%Y%m%d-%H%M%S}.{ending}"
    # under another name until it is whole: a copy that a power cut ended is not taken for one
    growing = target.with_name(f".{target.name}.part")
    growing.touch(mode=0o600, exist_ok=False)
    if is_sqlite(database):
        _copy_sqlite(_path(database), growing)
    else:
        _run("pg_dump", database, "--format=custom", f"--file={growing}")
    return growing.replace(target)


def restore(database: str, source: Path) -> None:
    """Put a copy in the place of the database; web and worker must not run.

    What was there before is kept beside it on SQLite; on PostgreSQL it is replaced in one transaction.

    Raises:
        BackupFailed: when the copy is damaged or the database's own tool says no.
    """
    if not is_sqlite(database):
        _run("pg_restore", database, "--clean", "--if-exists", "--no-owner", "--single-transaction", str(source))
        return
    _check(source)
    target = _path(database)
    if target.exists():
        _copy_sqlite(target, target.with_suffix(f".before-{now():%Y%m%d-%H%M%S}"))
    fresh = target.with_suffix(".restored")
    shutil.copyfile(source, fresh)
    for old in (Path(f"{target}-wal"), Path(f"{target}-shm")):
        old.unlink(missing_ok=True)
    fresh.replace(target)  # whatever happens, there is one of both


def damage(database: str) -> str | None:
    """Say what is wrong with the file of a database, or None; reads all of it.

    A table that is out of order is found, a word that is another one isn't: the log's chain tells of that.
    """
    if not is_sqlite(database):
        return None
    path = _path(database)
    if not path.exists():
        return f"There is no database at {path}: run `cop migrate`, or put a copy back with `cop restore`."
    try:
        with closing(sqlite3.connect(path)) as connection:
            (verdict,) = connection.execute("PRAGMA quick_check").fetchone()
    except sqlite3.DatabaseError as error:
        verdict = str(error)
    return None if verdict == "ok" else f"{path} is damaged ({verdict}): put a copy back with `cop restore`."


def _check(copy: Path) -> None:
    """Read all of a SQLite copy before anything is replaced by it."""
    with copy.open("rb") as file:
        if file.read(WRITE_VERSION + 1)[WRITE_VERSION:] == WITH_LOG:
            raise BackupFailed(f"{copy} was copied from a running database, without its log: use `cop backup`.")
    try:
        with closing(sqlite3.connect(f"file:{copy}?mode=ro", uri=True)) as connection:
            (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise BackupFailed(f"{copy} is damaged: {error}") from error
    if verdict != "ok":
        raise BackupFailed(f"{copy} is damaged: {verdict}")


def _path(database: str) -> Path:
    return Path(make_url(database).database or "")


def _copy_sqlite(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
        # a copy is whole without a log beside it, and says so
        copy.execute("PRAGMA journal_mode=DELETE")


def _run(tool: str, database: str, *words: str) -> None:
    url: URL = make_url(database)
    environment = {**os.environ, "PGPASSWORD": url.password or ""}
    plain = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    done = subprocess.run(
        [tool, f"--dbname={plain}", *words], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupFailed(f"{tool}: {done.stderr.strip()}")
